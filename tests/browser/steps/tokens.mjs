// Access tokens end every few minutes, or seconds where the server is told so.

import assert from 'node:assert/strict'
import { send } from '../program.mjs'
import { until } from '../person.mjs'
import { bothSeeAll, says } from './story.mjs'

/** Longer than any access token lives on a server that is to be tested. */
const PATIENCE_MS = 320_000
const REFRESH = '**/auth/jwt/refresh/'

/** While alice only looks, her token ends and is renewed, unseen. Bob's can't be renewed: his page goes on when it can. */
export async function expired(scene) {
  const { alice, bob, base, link } = scene
  bob.expects(/./, /ERR_INTERNET_DISCONNECTED|WebSocket connection|\b401\b/)
  const tokens = await Promise.all([alice, bob].map((person) => tokenOf(person, link)))
  await bothSeeAll(scene)
  const before = alice.sockets.length
  await watchForWords(alice)
  await bob.page.route(REFRESH, (route) => route.abort('internetdisconnected'))
  for (const token of tokens) await until(() => hasEnded(base, token), PATIENCE_MS)

  // Alice noticed nothing: the same page, the same socket, no word about it.
  await says(scene, alice, 'Time flies')
  await alice.does('React with 🎉', 'Time flies')
  await alice.message('Time flies').locator('.chip').waitFor()
  assert.equal(alice.sockets.length, before, 'a socket was opened anew')
  assert.deepEqual(await wordsSeen(alice), [])

  await bob.page.unroute(REFRESH)
  await says(scene, bob, 'Does it?')
  await bothSeeAll(scene)
  await bob.does('React with 👍', 'Time flies')
  await alice.message('Time flies').locator('.chip').filter({ hasText: '👍' }).waitFor()
  for (const person of [alice, bob]) assert.equal(person.page.url(), link)
}

/** What the page shows to the server: no script can be asked for it. */
async function tokenOf(person, link) {
  const asked = person.page.waitForRequest((request) => 'authorization' in request.headers())
  await person.goes(link)
  const { authorization } = (await asked).headers()
  await person.composer().waitFor()
  return authorization.replace(/^\w+ /, '')
}

async function hasEnded(base, token) {
  const answer = await send(base, null, 'POST', '/auth/jwt/verify/', { token }).catch((error) => error)
  return answer instanceof Error && answer.message.includes('token_expired')
}

/** Whatever the page says about its connection from here on, however short. */
async function watchForWords({ page }) {
  await page.evaluate(() => {
    globalThis.words = []
    const holder = document.querySelector('.holder')
    new MutationObserver(() => holder.innerText && globalThis.words.push(holder.innerText)).observe(holder, {
      childList: true,
      subtree: true,
    })
  })
}

function wordsSeen({ page }) {
  return page.evaluate(() => globalThis.words)
}
