// What stands where, while one reads.

import assert from 'node:assert/strict'
import { until } from '../person.mjs'
import { says, bothSeeAll, settledOrder, reloads } from './story.mjs'

/** More messages than the page keeps. */
const LONG = 1_500

export async function scrolling(scene) {
  const { alice, bob } = scene
  for (let i = 1; i <= 60; i += 1) await says(scene, i % 2 ? alice : bob, `Line ${i} of the long story`)
  const last = (person) => person.message('Line 60 of the long story').waitFor()
  await Promise.all([last(alice), last(bob)])
  await alice.isAtEnd()
  await bob.isAtEnd()
  await settledOrder(scene)

  await alice.scrollsTo(200)
  await alice.page.getByRole('button', { name: 'To the newest message' }).waitFor()
  const before = await alice.firstVisible()
  await says(scene, bob, 'And they lived happily ever after')
  const button = alice.page.getByRole('button', { name: '1 new' })
  await button.waitFor()
  assert.deepEqual(await alice.firstVisible(), before)
  await button.click()
  await alice.isAtEnd()
  await bob.isAtEnd()
  await bothSeeAll(scene)
}

export async function reload(scene) {
  for (const person of [scene.alice, scene.bob]) {
    const at = person.page.url()
    await reloads(person, scene)
    assert.equal(person.page.url(), at)
  }
  await says(scene, scene.alice, 'Still here after the reload')
  await bothSeeAll(scene)
  await says(scene, scene.bob, 'Me too')
  await bothSeeAll(scene)
}

export async function unread(scene) {
  const { alice, bob, link } = scene
  const badge = (text) => bob.page.locator('nav .badge').filter({ hasText: text })
  await bob.goes('/')
  await bob.sees('Message deleted')
  await badge('new messages').waitFor({ state: 'hidden' })
  await says(scene, alice, 'You there?')
  await says(scene, alice, `@${bob.name}!`)
  await badge('2 new messages').waitFor()
  await badge('You are mentioned').waitFor()
  await bob.page.reload()
  await badge('2 new messages').waitFor()
  const told = bob.page.waitForResponse((answer) => answer.url().endsWith('/read/') && answer.ok())
  await bob.goes(link)
  await bob.isAtEnd()
  await badge('new messages').waitFor({ state: 'hidden' })
  await told
  await reloads(bob, scene)
  await badge('new messages').waitFor({ state: 'hidden' })
  await bothSeeAll(scene)
}

export async function seenBy(scene) {
  const { alice, bob } = scene
  await says(scene, alice, 'Did you see that?')
  await bothSeeAll(scene)
  await until(async () => {
    await alice.does('Seen by…', 'Did you see that?')
    const dialog = alice.page.getByRole('dialog', { name: 'Seen by' })
    await dialog
      .getByText(/Nobody has seen it yet|@?\w/)
      .first()
      .waitFor()
    await dialog.locator('li, .nobody').first().waitFor()
    const seen = (await dialog.getByText(bob.name).count()) > 0
    await alice.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    return seen
  })
}

export async function searching(scene) {
  const { alice } = scene
  const panel = await alice.opensPanel('Search in this chat')
  await panel.getByRole('searchbox').fill('line 7 long')
  const hit = panel.getByRole('link').filter({ hasText: 'Line 7 of the long story' })
  await hit.waitFor()
  assert.equal((await hit.locator('mark').allInnerTexts()).join(' '), 'Line 7 long')
  await hit.click()
  await alice.message('Line 7 of').and(alice.page.locator('.lit')).waitFor()
  await alice.closesPanel('Search in this chat')

  await alice.does('Copy link', 'Line 7 of')
  await alice.sees('Link copied')
  const address = await alice.page.evaluate(() => navigator.clipboard.readText())
  await alice.goes('/')
  await alice.goes(new URL(address).pathname + new URL(address).search)
  await alice.message('Line 7 of').and(alice.page.locator('.lit')).waitFor()
  await alice.page.waitForURL(scene.link)
  await alice.goesToEnd()
  await bothSeeAll(scene)

  await alice.page.getByRole('searchbox', { name: 'Search chats and messages' }).fill('between us')
  await alice.page.getByRole('navigation').getByRole('link').filter({ hasText: 'between us' }).last().click()
  await alice.page.getByText('Only the two of you').waitFor()
  await alice.page.getByRole('button', { name: 'Clear the search' }).click()
  await alice.goes(scene.link)
  await alice.composer().waitFor()
}

/** A long chat of which only a part is in the page. */
export async function longChat({ alice, bob }) {
  const { uri } = await bob.calls('POST', '/api/chats/', {
    name: 'War and peace',
  })
  await bob.calls('PATCH', `/api/chats/${uri}/`, { username: alice.name })
  const chapters = Array.from({ length: LONG }, (_, i) => `Chapter ${i + 1}`)
  const call = await bob.caller()
  for (const message of chapters) await call('POST', `/api/chats/${uri}/messages/`, { message })
  await alice.goes(`/chats/${uri}`)
  // So much is unread that it begins where one stopped reading: at the beginning.
  await alice.message('Chapter 1').first().waitFor()
  await alice.page.getByRole('button', { name: '99+ new' }).click()
  await alice.isAtEnd()
  await alice.seesMessages(chapters)
  await alice.readsAll(chapters)
  const rows = await alice.articles().count()
  assert.ok(rows < 80, `${rows} messages are in the page at once`)
  await alice.goesToEnd()

  const place = await alice.scrollsTo(3_000)
  await alice.page.getByRole('link', { name: 'Rainy days' }).click()
  await alice.page.getByRole('heading', { name: 'Rainy days', level: 1 }).waitFor()
  await alice.page.getByRole('link', { name: 'War and peace' }).click()
  await alice.page.getByRole('heading', { name: 'War and peace', level: 1 }).waitFor()
  const back = await alice.firstVisible()
  assert.equal(back.text, place.text)
  assert.ok(Math.abs(back.at - place.at) <= 2, `it moved from ${place.at} to ${back.at}`)
}
