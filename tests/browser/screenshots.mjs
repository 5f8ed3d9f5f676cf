// The pictures of the README, from the built client and a running server:
//     node screenshots.mjs http://localhost:8000

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findChromium, FLAGS } from './chromium.mjs'
import { makeSample, signsIn } from './sample.mjs'

const PICTURES = fileURLToPath(new URL('../../docs/pictures', import.meta.url))
const VIEWS = {
  light: { viewport: { width: 1200, height: 760 }, colorScheme: 'light' },
  dark: { viewport: { width: 1200, height: 760 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 760 }, colorScheme: 'light', hasTouch: true, isMobile: true },
}

const base = process.argv[2]
if (!base) {
  console.error('usage: node screenshots.mjs <address of a running server>')
  process.exit(2)
}
mkdirSync(PICTURES, { recursive: true })
const sample = await makeSample(base)
const browser = await chromium.launch({ executablePath: findChromium(), args: FLAGS })
for (const [name, options] of Object.entries(VIEWS)) {
  const context = await browser.newContext({ ...options, locale: 'en-GB', reducedMotion: 'reduce' })
  const page = await context.newPage()
  await signsIn(page, base, sample)
  // Read once, so that no picture shows what is new and another one not.
  for (let i = 0; i < 2; i += 1) {
    await page.goto(new URL(`/chats/${sample.uri}`, base).href)
    await page.locator('article').filter({ hasText: 'See you then' }).waitFor()
  }
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  )
  await page.evaluate(() => document.activeElement?.blur())
  await page.screenshot({ path: `${PICTURES}/${name}.png`, animations: 'disabled' })
  console.log(`${PICTURES}/${name}.png`)
  await context.close()
}
await browser.close()
