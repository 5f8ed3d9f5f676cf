// The browser of all tests.

import { execFileSync } from 'node:child_process'

export const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** From $CHROMIUM, else from where systems keep it. */
export function findChromium() {
  for (const name of [process.env.CHROMIUM, '/usr/bin/chromium', 'chromium', 'google-chrome']) {
    if (!name) continue
    try {
      return execFileSync('/bin/sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' }).trim()
    } catch {
      continue
    }
  }
  console.error('no Chromium found: install one, or name it in CHROMIUM')
  process.exit(2)
}
