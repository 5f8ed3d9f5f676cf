// Whether what was built is small and strict enough:  npm run check-dist
// Says how much a browser has to load before it can show anything, and fails when it is too much.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))
/** All JavaScript that the first page names, in gzip. */
const MOST_KIB = 120

const page = readFileSync(join(DIST, 'index.html'), 'utf8')
const files = readdirSync(DIST, { recursive: true })
const troubles = []

const scripts = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].flatMap(([, name]) => name ?? [])
const bytes = scripts
  .map((name) => gzipSync(readFileSync(join(DIST, name)), { level: 9 }).length)
  .reduce((sum, size) => sum + size, 0)
const kib = bytes / 1024
console.log(
  `initial JavaScript: ${kib.toFixed(1)} KiB in gzip, in ${scripts.length} files (at most ${MOST_KIB})`,
)
if (scripts.length === 0) troubles.push('the page names no script')
if (kib > MOST_KIB) troubles.push(`the initial JavaScript is ${(kib - MOST_KIB).toFixed(1)} KiB too big`)

// The Content-Security-Policy allows nothing of this.
if (/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i.test(page)) {
  troubles.push('index.html has an inline script or style')
}
for (const file of files.filter((name) => /\.(?:js|css)$/.test(name))) {
  const content = readFileSync(join(DIST, file))
  if (content.length < 512) continue
  for (const form of ['br', 'gz']) {
    if (!files.includes(`${file}.${form}`)) troubles.push(`${file} has no compressed form .${form}`)
  }
  if (/\b(?:eval|new Function)\(/.test(content.toString())) troubles.push(`${file} makes code of text`)
}

for (const trouble of troubles) console.error(`error: ${trouble}`)
process.exit(troubles.length === 0 ? 0 : 1)
