// Two people in two browsers, on the built client and a running server:
//     node run.mjs http://localhost:8000 [--mails FOLDER] [--gateways PIDFILE,PIDFILE]
// --mails is where the server writes its mails; by default where `make run` does.
// --gateways are the two of a cluster, which are killed; without them that step is left out.
// Chromium is taken from $CHROMIUM, else from where systems keep it.

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { findChromium, FLAGS } from './chromium.mjs'
import { Person } from './person.mjs'
import { stepsOf } from './steps/index.mjs'

const ARTIFACTS = fileURLToPath(new URL('../artifacts/browser', import.meta.url))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { mails: { type: 'string' }, gateways: { type: 'string' } },
})
const [base] = positionals
if (!base) {
  console.error('usage: node run.mjs <address of a running server> [--mails FOLDER] [--gateways PIDFILE,…]')
  process.exit(2)
}
mkdirSync(ARTIFACTS, { recursive: true })

const browser = await chromium.launch({ executablePath: findChromium(), args: FLAGS })
// Names of their own, so that the test can run again on the same server.
const run = Date.now().toString(36)
const alice = await Person.arrives(browser, base, `alice.${run}`)
const bob = await Person.arrives(browser, base, `bob.${run}`)
const scene = {
  alice,
  bob,
  base,
  artifacts: ARTIFACTS,
  said: [],
  mails: values.mails ?? fileURLToPath(new URL('../../data/mail', import.meta.url)),
  gateways: values.gateways?.split(',') ?? [],
}

let passed = 0
let failed = 0
for (const [name, step] of stepsOf(scene)) {
  if (failed > 0) {
    // Each step goes on from the one before: what comes after a failure is not known to work.
    failed += 1
    console.log(`  not run  ${name}`)
    continue
  }
  const start = Date.now()
  try {
    await step(scene)
    passed += 1
    console.log(`  ok       ${name} (${Date.now() - start} ms)`)
  } catch (error) {
    failed += 1
    console.log(`  FAILED   ${name}\n${error.stack}`)
    for (const person of [alice, bob]) {
      const path = `${ARTIFACTS}/failed-${person === alice ? 'alice' : 'bob'}.png`
      await person.page.screenshot({ path }).catch(() => undefined)
      console.log(`           at ${person.page.url()}, see ${path}`)
      for (const trouble of person.troubles) console.log(`           ${trouble}`)
    }
  }
}
await browser.close()
console.log(`browser: ${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
