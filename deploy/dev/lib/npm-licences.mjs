// Holds what a package-lock.json names against the licences in deny.toml:  node npm-licences.mjs FOLDER DENY.TOML
// Whatever is no package of the npm registry with a checksum is refused too.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder, rules] = process.argv.slice(2)
const allowed = new Set(
  /^allow = \[([^\]]*)\]/m.exec(readFileSync(rules, 'utf8'))?.[1].match(/[^"\s,]+/g) ?? [],
)
// Licences of tools that build and test, or of data that they read: nothing of them is handed out.
const inTools = new Set(['BlueOak-1.0.0', 'CC-BY-4.0', 'CC-BY-3.0', 'Python-2.0', 'MIT-0', 'WTFPL'])
// Packages that say it otherwise, with what is known of them.
const known = new Map([
  // Of markdown-it's command line, which nothing here runs or hands out.
  ['argparse', 'PSF-2.0'],
  // Says nothing in its package.json; its LICENSE file is BSD-3-Clause. Of the browser tests.
  ['parse-cache-control', undefined],
])

/** Whether an SPDX expression (without nesting, as npm has them) leaves a choice that is allowed. */
function fits(expression, also) {
  const ok = (term) => allowed.has(term.trim()) || (also && inTools.has(term.trim()))
  const bare = expression.replace(/[()]/g, '')
  return bare.split(' OR ').some((choice) => choice.split(' AND ').every(ok))
}

const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
let seen = 0
const troubles = []
for (const [path, entry] of Object.entries(packages)) {
  if (path === '' || entry.link) continue
  seen++
  const bare = path.replace(/^.*node_modules\//, '')
  const name = `${bare} ${entry.version}`
  if (!entry.integrity) troubles.push(`${name} has no checksum`)
  if (entry.resolved && !/^https:\/\/registry\.npmjs\.org\//.test(entry.resolved)) troubles.push(`${name} comes from elsewhere`)
  if (known.has(bare) && known.get(bare) === entry.license) continue
  if (!fits(String(entry.license ?? 'none'), entry.dev === true)) troubles.push(`${name}: licence ${entry.license ?? 'none'}`)
}
if (seen === 0 && Object.keys(packages).length > 1) troubles.push('no package was looked at')
for (const trouble of troubles) console.error(`error: ${trouble}`)
console.error(`${seen} packages`)
process.exit(troubles.length === 0 ? 0 : 1)
