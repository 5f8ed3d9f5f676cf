// A cluster whose gateways are killed.

import { kill } from '../processes.mjs'
import { until } from '../person.mjs'
import { bothSeeAll, says } from './story.mjs'

/** Who was on it moves to the other one by themselves. With none left one is told, and goes on when there is one again. */
export async function killedGateways(scene) {
  const { alice, bob, gateways } = scene
  const [first, second] = gateways
  for (const person of [alice, bob]) {
    person.expects(/./, /WebSocket connection/)
    await person.goes(scene.link)
  }
  await bothSeeAll(scene)
  const lost = () => [alice, bob].some((person) => person.sockets.at(-1).isClosed())
  // The edge hands sockets to whoever has fewest: of two, one is on each.
  const startFirst = kill(first)
  await until(lost)
  await says(scene, alice, 'Did you feel that?')
  await bothSeeAll(scene)
  await says(scene, bob, 'No, what?')
  await bothSeeAll(scene)

  const startSecond = kill(second)
  for (const person of [alice, bob]) await person.sees('Connection lost. Reconnecting…')
  await alice.isAccessible('reconnecting')
  await alice.says('Now it is dark')
  await alice.sees('Sending…')
  startSecond()
  for (const person of [alice, bob]) {
    await person.page.getByText('Connection lost. Reconnecting…').waitFor({ state: 'hidden' })
  }
  scene.said.push('Now it is dark')
  await bothSeeAll(scene)
  await says(scene, bob, 'And now it is not')
  await bothSeeAll(scene)
  startFirst()
}
