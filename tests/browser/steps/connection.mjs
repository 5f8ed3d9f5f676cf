// Trouble on the way.

import assert from 'node:assert/strict'
import { until } from '../person.mjs'
import { says, bothSeeAll } from './story.mjs'

export async function offline(scene) {
  const { alice, bob } = scene
  bob.expects(/./, /ERR_INTERNET_DISCONNECTED|WebSocket connection/)
  await bob.context.setOffline(true)
  await bob.sees('You’re offline')
  await says(scene, alice, 'Are you there?')
  await alice.seesMessages(scene.said)
  await says(scene, alice, 'Hm')
  await alice.seesMessages(scene.said)
  const fromAlice = [...scene.said]
  await bob.says('Written in a tunnel')
  await bob.sees('Sending…')
  await alice.seesMessages(fromAlice)

  await bob.context.setOffline(false)
  scene.said = [...fromAlice, 'Written in a tunnel']
  await bothSeeAll(scene)
  await bob.page.getByText('You’re offline').waitFor({ state: 'hidden' })
  await says(scene, alice, 'There you are')
  await bothSeeAll(scene)
}

/** An hour passes in a moment for all tabs, as when a laptop was asleep: one of them renews, for all. */
export async function slept(scene) {
  const { alice, bob, link } = scene
  const tab = await bob.opensAnotherTab(link, (page) => page.clock.install())
  // Signed in for sure: before that, no time can pass for its session.
  await tab.seesMessages(scene.said)
  await tab.isAtEnd()
  await tab.page.bringToFront()
  let renewals = 0
  const count = (answer) => {
    if (answer.url().endsWith('/auth/jwt/refresh/')) renewals += 1
  }
  bob.context.on('response', count)
  await tab.page.clock.fastForward('01:00:00')
  await until(() => renewals > 0)
  await tab.says('Good morning')
  scene.said.push('Good morning')
  await alice.seesMessages(scene.said)
  assert.equal(renewals, 1)
  bob.context.off('response', count)
  await tab.page.close()
}
