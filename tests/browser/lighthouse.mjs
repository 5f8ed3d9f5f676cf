// How Lighthouse rates the sign-in page and a full chat, on the built client and a running server:
//     node lighthouse.mjs http://localhost:8000
// Prints the report; fails below 95 in performance, accessibility or best practices.

import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import lighthouse, { desktopConfig } from 'lighthouse'
import { chromium } from 'playwright-core'
import { findChromium, FLAGS } from './chromium.mjs'
import { makeSample, signsIn } from './sample.mjs'

const LEAST = 95
const CATEGORIES = ['performance', 'accessibility', 'best-practices']
const ARTIFACTS = fileURLToPath(new URL('../artifacts/lighthouse', import.meta.url))

const base = process.argv[2]
if (!base) {
  console.error('usage: node lighthouse.mjs <address of a running server>')
  process.exit(2)
}
mkdirSync(ARTIFACTS, { recursive: true })
const port = await freePort()
const sample = await makeSample(base)
// Lighthouse opens its pages where the cookies of these are.
const browser = await chromium.launchPersistentContext('', {
  executablePath: findChromium(),
  args: [...FLAGS, `--remote-debugging-port=${port}`],
})

let failed = 0
await rate('sign-in page', 'sign-in', '/auth')
const page = await browser.newPage()
await signsIn(page, base, sample)
await page.close()
await rate('full chat', 'chat', `/chats/${sample.uri}`)
await browser.close()
process.exit(failed === 0 ? 0 : 1)

async function rate(title, name, path) {
  const { lhr, report } = await lighthouse(
    new URL(path, base).href,
    { port, output: 'html', onlyCategories: CATEGORIES, disableStorageReset: true },
    desktopConfig,
  )
  writeFileSync(`${ARTIFACTS}/${name}.html`, report)
  console.log(`${title}: ${lhr.finalDisplayedUrl}`)
  for (const category of CATEGORIES) {
    const { score, auditRefs } = lhr.categories[category]
    const points = Math.round((score ?? 0) * 100)
    console.log(`  ${points < LEAST ? 'FAILED' : 'ok    '} ${String(points).padStart(3)}  ${category}`)
    if (points < LEAST) failed += 1
    for (const { id, weight } of auditRefs) {
      const audit = lhr.audits[id]
      if (weight > 0 && audit.score !== null && audit.score < 0.9) {
        console.log(`               ${audit.title} (${audit.displayValue ?? audit.score})`)
      }
    }
  }
  const figures = [
    'first-contentful-paint',
    'largest-contentful-paint',
    'total-blocking-time',
    'cumulative-layout-shift',
  ]
  console.log(
    `         ${figures.map((id) => `${lhr.audits[id].title}: ${lhr.audits[id].displayValue}`).join(', ')}`,
  )
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
