// Very much at once.

import assert from 'node:assert/strict'
import { holdSockets, measureFrames } from '../in-page.mjs'
import { busyBetweenFrames } from '../frames.mjs'
import { until } from '../person.mjs'

const EVENTS = 10_000
/** Calls under way at the same time. */
const AT_ONCE = 64
/** Longer than this, and somebody who types or scrolls notices. */
const MOST_MS = 50

/**
 * The network stalls while ten thousand things are said in the chat that bob looks at, and then lets them all through: his page
 * takes them in without standing still.
 */
export async function burst({ alice, bob }) {
  const { uri } = await bob.calls('POST', '/api/chats/', { name: 'Stock exchange' })
  await bob.calls('PATCH', `/api/chats/${uri}/`, { username: alice.name })
  const call = await alice.caller()
  const said = []
  const says = async (text) => {
    const { seq } = await call('POST', `/api/chats/${uri}/messages/`, { message: text })
    said[seq] = text
  }
  await says('The bell rings')
  const tab = await bob.opensAnotherTab(`/chats/${uri}`, (page) => page.addInitScript(holdSockets))
  await tab.message('The bell rings').waitFor()
  await tab.isAtEnd()

  await tab.page.evaluate(() => globalThis.hold())
  for (let i = 0; i < EVENTS; i += AT_ONCE) {
    const calls = Array.from({ length: Math.min(AT_ONCE, EVENTS - i) }, (_, j) => i + j + 1)
    await Promise.all(calls.map((bid) => says(`Bid ${bid}: ${'buy, '.repeat(bid % 9)}sell`)))
  }
  await until(async () => (await tab.page.evaluate(() => globalThis.held())) >= EVENTS)
  let onTheWall
  const busy = await busyBetweenFrames(tab, async () => {
    onTheWall = await tab.page.evaluate(measureFrames, said.at(-1))
  })
  await tab.isAtEnd()
  await tab.seesMessages(said.filter(Boolean))
  const report = `${EVENTS} events at once: ${JSON.stringify({ ...busy, onTheWall })}`
  console.log(`           ${report}`)
  assert.ok(Math.max(busy.longestTaskMs, busy.longestFrameMs) <= MOST_MS, `frames are late: ${report}`)
  await tab.page.close()
}
