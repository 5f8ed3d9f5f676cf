// What those hear of it who look elsewhere.

import assert from 'node:assert/strict'
import { until } from '../person.mjs'
import { says, bothSeeAll } from './story.mjs'

export async function attention(scene) {
  const { alice, bob } = scene
  await bob.looksAway()
  await says(scene, alice, 'Psst')
  await says(scene, alice, 'Bob!')
  await until(async () => (await bob.page.title()).startsWith('(2) '))
  // One chime of two notes.
  const notes = () => bob.page.evaluate(() => globalThis.notes)
  await until(async () => (await notes()) > 0)
  assert.equal(await notes(), 2)
  await bob.looksBack()
  await until(async () => !(await bob.page.title()).startsWith('('))
  await bothSeeAll(scene)
}

/** Two windows make one noise, and none about a chat that is muted. */
export async function twoTabs(scene) {
  const { alice, bob, link } = scene
  await alice.goes(link)
  await alice.isAtEnd()
  const other = await bob.opensAnotherTab(link)
  // What it loads is not news: it must be live before there is some. Nor is what was said before: a tab that is behind another
  // one is not drawn, and takes a burst in by and by. Events come in order, so whoever sees this has all before it.
  await other.page.getByRole('button', { name: /1 online/ }).waitFor()
  await says(scene, alice, 'Where are you?')
  for (const tab of [bob, other]) await tab.message('Where are you?').waitFor()
  await other.isAtEnd()
  for (const tab of [bob, other]) {
    await tab.page.locator('#composer').click()
    await tab.looksAway()
  }
  await says(scene, alice, 'Knock, knock')
  for (const tab of [bob, other]) {
    await until(async () => (await tab.page.title()).startsWith('(1) ')).catch(async () => {
      throw new Error(`a page is called "${await tab.page.title()}"`)
    })
  }
  const icon = (tab) => tab.page.locator('link[rel=icon]').getAttribute('href')
  assert.deepEqual([await icon(bob), await icon(other)], ['/favicon-new.svg', '/favicon-new.svg'])
  const notes = async () =>
    (await bob.page.evaluate(() => globalThis.notes)) + (await other.page.evaluate(() => globalThis.notes))
  await until(async () => (await notes()) === 2)
  for (const tab of [bob, other]) await tab.looksBack()

  await bob.choosesFromChatMenu('Mute this chat')
  await bob.looksAway()
  await says(scene, alice, 'Nobody there?')
  await bob.message('Nobody there?').waitFor()
  assert.ok(!(await bob.page.title()).startsWith('('), 'a muted chat is counted')
  await bob.looksBack()
  await bob.choosesFromChatMenu('Unmute this chat')
  await other.page.close()
  await bothSeeAll(scene)
}
