// A cluster whose gateways are killed.

import { kill } from '../processes.mjs'
import { until } from '../person.mjs'
import { bothSeeAll, says } from './story.mjs'

/** A connection that stood so long was a good one: the client's next trouble starts counting anew (`connection.ts`). */
const GOOD_AFTER_MS = 5_500
/** A client that failed often waits up to 30 s for its next try (`backoff.ts`). */
const BACK_WITHIN_MS = 45_000

/** Who was on it moves to the other one by themselves. With none left one is told, and goes on when there is one again. */
export async function killedGateways(scene) {
  const { alice, bob, gateways } = scene
  const [first, second] = gateways
  for (const person of [alice, bob]) {
    person.expects(/./, /WebSocket connection/)
    await person.goes(scene.link)
  }
  await bothSeeAll(scene)
  // Which of the two has whom is the edge's affair, and one of them may have nobody. After the first is gone
  // everybody is at the second, so that the second takes both with it.
  const startFirst = kill(first)
  await says(scene, alice, 'Did you feel that?')
  await bothSeeAll(scene)
  startFirst()
  await alice.page.waitForTimeout(GOOD_AFTER_MS)
  // Those of now: the next ones may be open a few milliseconds later.
  const sockets = [alice, bob].map((person) => person.sockets.at(-1))
  const startSecond = kill(second)
  await until(() => sockets.every((socket) => socket.isClosed()))
  await says(scene, bob, 'No, what?')
  await bothSeeAll(scene)

  // Both are at the first one again, the only one there is.
  await alice.page.waitForTimeout(GOOD_AFTER_MS)
  const startFirstAgain = kill(first)
  for (const person of [alice, bob]) await person.sees('Connection lost. Reconnecting…')
  await alice.isAccessible('reconnecting')
  await alice.says('Now it is dark')
  await alice.sees('Sending…')
  startFirstAgain()
  for (const person of [alice, bob]) {
    await person.page.getByText('Connection lost. Reconnecting…').waitFor({ state: 'hidden', timeout: BACK_WITHIN_MS })
  }
  scene.said.push('Now it is dark')
  await bothSeeAll(scene)
  await says(scene, bob, 'And now it is not')
  await bothSeeAll(scene)
  startSecond()
}
