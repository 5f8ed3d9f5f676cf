// The story, step by step. Each goes on from the one before.

import assert from 'node:assert/strict'
import { until } from './person.mjs'

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
/** More messages than the page keeps. */
const LONG = 1_500
/** All that may be remembered outside of memory. */
const HARMLESS = /^chatire\.(?:signed-in=1|emoji=\P{ASCII}+(?: \P{ASCII}+)*)$/u
const VIEWS = [
  ['desktop', DESKTOP],
  ['phone', PHONE],
]

export const steps = [
  ['a visitor is asked to sign up, and a refused field says why', asksToSignUp],
  ['alice signs up and has no chats yet', aliceSignsUp],
  ['alice starts a chat and copies its link', aliceStartsAChat],
  ['bob opens the link, signs up on the way, comes back to it and joins', bobComesByLink],
  ['both talk, and each sees each message once and in order', bothTalk],
  ['who is at the end follows, who reads further up stays put', scrolling],
  ['a reload stays signed in, with the history, and older messages load without a jump', reload],
  ['who looks elsewhere hears of it, and sees the count in the title', attention],
  ['what was said while bob was offline arrives, both ways, once', offline],
  ['what was said is edited, answered, reacted to and deleted, for both', changes],
  ['what one has not read is counted, also after a reload, until one has seen it', unread],
  ['an admin names the chat, for both', names],
  ['the owner gives a role and takes it back, and an admin may do nothing about the owner', roles],
  ['two people talk apart', between],
  ['Markdown, @names, emoji, and the last message changed by the up key', writing],
  ['what was said is found, and gone to, also by its own link', searching],
  ['one sees who has seen it', seenBy],
  ['what is being sent survives a reload, and is said once', sentAfterReload],
  ['a long chat is read from end to end, and one comes back to where one was', longChat],
  ['two tabs make one noise, and none about a muted chat', twoTabs],
  ['a laptop that slept wakes up signed in, once', slept],
  ['who signs out in one tab is told so in the other', signedOutElsewhere],
  ['the client speaks German as well', german],
  ['links stay text but for web addresses, and markup stays text', harmlessText],
  ['an unknown chat and an unknown page say so', unknown],
  ['each page has its picture, light and dark, desktop and phone', pictures],
  ['signing out ends the session, also after a reload', signsOut],
  ['who is removed or banned sees that, and is let in again; a link is closed, a chat deleted', departures],
  ['nothing secret is stored, no errors, no other hosts', nothingStrange],
]

async function asksToSignUp({ alice }) {
  await alice.goes('/')
  await alice.page.waitForURL('**/auth')
  alice.expects(/\/auth\/users\/$/, /\b4\d\d\b/)
  await alice.fillsIn(alice.name, 'short')
  await alice.page.getByRole('button', { name: 'Create my account' }).click()
  const password = alice.page.getByLabel('Password', { exact: true })
  await until(async () => (await password.getAttribute('aria-invalid')) === 'true')
  const described = await password.getAttribute('aria-describedby')
  assert.notEqual(await alice.page.locator(`[id="${described}"]`).innerText(), '')
}

async function aliceSignsUp({ alice }) {
  await alice.signsUp()
  await alice.sees('No chats yet')
  assert.equal(new URL(alice.page.url()).pathname, '/')
}

async function aliceStartsAChat(scene) {
  const { alice, base } = scene
  await alice.page.getByRole('button', { name: 'Start chatting' }).click()
  await alice.page.waitForURL('**/chats/*')
  await alice.sees('Bring people in')
  await alice.page.getByRole('button', { name: 'Share link' }).click()
  await alice.page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Copy' }).click()
  await alice.sees('Link copied')
  await alice.page.keyboard.press('Escape')
  scene.link = await alice.page.evaluate(() => navigator.clipboard.readText())
  assert.equal(scene.link, alice.page.url())
  assert.match(scene.link, new RegExp(`^${base.replace(/\/$/, '')}/chats/[A-Za-z0-9_-]{15}$`))
}

async function bobComesByLink({ alice, bob, link }) {
  await bob.goes(link)
  await bob.page.waitForURL(
    (url) => url.pathname === '/auth' && url.searchParams.get('next') === new URL(link).pathname,
  )
  await bob.signsUp()
  await bob.page.waitForURL(link)
  await bob.sees('1 member')
  await bob.page.getByRole('button', { name: 'Join the chat' }).click()
  await bob.composer().waitFor()
  await alice.sees(`${bob.name} joined the chat`)
  await bob.sees('You joined the chat')
}

async function says(scene, person, text) {
  await person.says(text)
  scene.said.push(text)
}

async function bothSeeAll({ alice, bob, said }) {
  await alice.seesMessages(said)
  await bob.seesMessages(said)
}

async function bothTalk(scene) {
  const { alice, bob } = scene
  await says(scene, alice, 'Hello bob!')
  await bothSeeAll(scene)
  await says(scene, bob, 'Hello alice. How are you?')
  await bothSeeAll(scene)
  await says(scene, alice, 'Very well')
  await says(scene, alice, 'and it is raining,\nso let us stay in')
  await bothSeeAll(scene)
  await says(scene, bob, 'Yes')
  await bothSeeAll(scene)
  assert.deepEqual(
    (await bob.messages()).map(({ own }) => own),
    [false, true, false, false, true],
  )
}

async function scrolling(scene) {
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

/** Two people typing at once have no order but the server's, which is the same for both. */
async function settledOrder(scene) {
  const { alice, bob, said } = scene
  const { messages } = await alice.calls('GET', `/api/chats/${uriOf(scene)}/messages/?limit=100`)
  scene.said = messages.map(({ message }) => message)
  assert.deepEqual(scene.said.toSorted(), said.toSorted())
  await alice.readsAll(scene.said)
  await bob.readsAll(scene.said)
  return scene.said
}

function uriOf({ link }) {
  return new URL(link).pathname.split('/').at(-1)
}

async function reload(scene) {
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

async function reloads(person, { said }) {
  await person.page.reload()
  await person.composer().waitFor()
  await person.seesMessages(said)
  await person.isAtEnd()
  await readsOlder(person)
  await person.readsAll(said)
  await person.goesToEnd()
}

/** Older messages come in above, and what one reads stays where it is. */
async function readsOlder(person) {
  const height = () => person.messagesRegion().evaluate((box) => box.scrollHeight)
  const answered = person.page.waitForResponse((answer) => answer.url().includes('before='))
  const all = await height()
  const before = person.scrollsTo(1_000)
  await answered
  const { text, at } = await before
  const after = await person.firstVisible()
  assert.equal(after.text, text)
  assert.ok(Math.abs(after.at - at) <= 2, `it moved from ${at} to ${after.at}`)
  assert.ok((await height()) > all, 'nothing came in above')
}

async function offline(scene) {
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

async function attention(scene) {
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

async function changes(scene) {
  const { alice, bob, said } = scene
  await says(scene, bob, 'Tomorow at ten?')
  await bothSeeAll(scene)
  await bob.does('Edit', 'Tomorow')
  await bob.composer().press('Escape')
  assert.equal(await bob.composer().inputValue(), '')
  await bob.does('Edit', 'Tomorow')
  await until(async () => (await bob.composer().inputValue()) === 'Tomorow at ten?')
  await bob.says('Tomorrow at ten?')
  said[said.length - 1] = 'Tomorrow at ten?'
  await bothSeeAll(scene)
  await alice.sees('(edited)')

  await alice.does('React with 👍', 'Tomorrow')
  await bob.message('Tomorrow').getByRole('button', { name: '👍', pressed: false }).click()
  await alice
    .message('Tomorrow')
    .getByRole('button', { name: '👍', pressed: true })
    .filter({ hasText: '2' })
    .waitFor()
  await alice.message('Tomorrow').getByRole('button', { name: '👍', pressed: true }).click()
  await bob.message('Tomorrow').locator('.chip').filter({ hasText: '1' }).waitFor()
  await alice.does('React with 🎉', 'Tomorrow')

  await alice.does('Reply', 'Tomorrow')
  await alice.sees(`Replying to ${bob.name}`)
  await says(scene, alice, `Gladly, @${bob.name}!`)
  await bothSeeAll(scene)
  await bob.message('Gladly').getByRole('button', { name: 'Tomorrow at ten?' }).waitFor()
  assert.equal(await bob.message('Gladly').locator('.mention.me').innerText(), `@${bob.name}`)

  // Right above what alice reads.
  await alice.finds('Hello bob!')
  await alice.message('Hello bob!').evaluate((one) => {
    const box = one.closest('[role=region]')
    box.scrollTop += one.getBoundingClientRect().bottom - box.getBoundingClientRect().top + 4
  })
  const reading = await alice.firstVisible()
  await bob.finds('Hello bob!')
  await bob.does('React with 😂', 'Hello bob!')
  await alice.message('Hello bob!').locator('.chip').waitFor()
  const after = await alice.firstVisible()
  assert.equal(after.text, reading.text)
  assert.ok(Math.abs(after.at - reading.at) <= 2, `it moved from ${reading.at} to ${after.at}`)
  for (const person of [alice, bob]) await person.goesToEnd()

  await says(scene, bob, 'This was a secret')
  await bothSeeAll(scene)
  await bob.does('Delete', 'This was a secret')
  await bob.answers('Delete')
  said[said.length - 1] = 'Message deleted'
  await bothSeeAll(scene)
  await reloads(alice, scene)
  await alice.message('Gladly').locator('.quote').filter({ hasText: 'Tomorrow at ten?' }).waitFor()
}

async function unread(scene) {
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

async function names(scene) {
  const { alice, bob } = scene
  const settings = await alice.opensPanel('Chat settings')
  await settings.getByRole('textbox', { name: 'Name of the chat' }).fill('Rainy days')
  await settings.getByRole('button', { name: 'Save' }).click()
  for (const person of [alice, bob]) {
    await person.page.getByRole('heading', { name: 'Rainy days' }).first().waitFor()
    await person.sees('named the chat “Rainy days”')
  }
  await alice.closesPanel('Chat settings')
  const bobs = await bob.opensPanel('Chat settings')
  assert.equal(await bobs.getByRole('textbox').count(), 0)
  await bob.closesPanel('Chat settings')
}

async function roles(scene) {
  const { alice, bob } = scene
  const card = await alice.looksAt(bob.name)
  await card.getByRole('button', { name: 'Make admin' }).click()
  await bob.sees(`${alice.name} made you an admin`)
  const members = await bob.opensPanel('Members')
  await members.getByRole('button', { name: bob.name }).filter({ hasText: 'Admin' }).waitFor()
  await members.getByRole('button', { name: alice.name }).click()
  const owner = bob.page.getByRole('dialog')
  await owner.getByText('Owner').waitFor()
  assert.equal(await owner.getByRole('group').count(), 0, 'an admin may do nothing about the owner')
  await bob.page.keyboard.press('Escape')
  await bob.closesPanel('Members')
  await alice.closesPanel('Members')
  const again = await alice.looksAt(bob.name)
  await again.getByRole('button', { name: 'Make an ordinary member' }).click()
  await bob.sees(`${alice.name} made you a member`)
  await alice.closesPanel('Members')
}

async function between(scene) {
  const { alice, bob } = scene
  const here = alice.page.url()
  const card = await alice.looksAt(bob.name)
  await card.getByRole('button', { name: 'Send a message' }).click()
  await alice.page.getByText('Only the two of you').waitFor()
  await alice.says('Just between us')
  await bob.page.getByRole('link', { name: alice.name }).click()
  await bob.page.getByText('Only the two of you').waitFor()
  await bob.seesMessages(['Just between us'])
  for (const person of [alice, bob]) {
    await person.page.getByRole('link', { name: 'Rainy days' }).click()
    await person.page.waitForURL(here)
    await person.isAtEnd()
  }
}

async function writing(scene) {
  const { alice, bob } = scene
  const composer = alice.composer()
  await composer.pressSequentially(`**Well**, @${bob.name.slice(0, 3)}`)
  await alice.page.getByRole('option', { name: bob.name }).waitFor()
  await composer.press('Enter')
  await until(async () => (await composer.inputValue()) === `**Well**, @${bob.name} `)
  await alice.page.getByRole('button', { name: 'Emoji', exact: true }).click()
  await alice.page.getByLabel('Search emoji').fill('party popper')
  const found = alice.page.getByRole('dialog', { name: 'Emoji' }).getByRole('button', { name: /party popper/i })
  await found.first().waitFor()
  await alice.page.keyboard.press('ArrowDown')
  await alice.page.keyboard.press('Enter')
  await composer.press('Enter')
  scene.said.push(`Well, @${bob.name} 🎉`)
  await bothSeeAll(scene)
  const shown = bob.message('Well,')
  assert.equal(await shown.locator('strong').innerText(), 'Well')
  assert.equal(await shown.locator('.mention.me').innerText(), `@${bob.name}`)

  await composer.press('ArrowUp')
  await until(async () => (await composer.inputValue()).startsWith('**Well**'))
  await composer.fill('Well, `well`')
  await composer.press('Enter')
  scene.said[scene.said.length - 1] = 'Well, well'
  await bothSeeAll(scene)
  assert.equal(await bob.message('Well,').locator('code').innerText(), 'well')
}

async function searching(scene) {
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

async function seenBy(scene) {
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

/** What is being sent waits for the next page as well, and is said once. */
async function sentAfterReload(scene) {
  const { alice, bob } = scene
  alice.expects(/./, /ERR_INTERNET_DISCONNECTED|WebSocket connection/)
  await alice.context.setOffline(true)
  await alice.says('Written before the reload')
  await alice.says('and this as well')
  await alice.sees('Sending…')
  await alice.context.setOffline(false)
  await alice.page.reload()
  scene.said.push('Written before the reload', 'and this as well')
  await bothSeeAll(scene)
  await alice.page.reload()
  await alice.composer().waitFor()
  await alice.seesMessages(scene.said)
  await bob.readsAll(scene.said)
  await bob.goesToEnd()
}

/** A long chat of which only a part is in the page. */
async function longChat({ alice, bob }) {
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

/** Two windows make one noise, and none about a chat that is muted. */
async function twoTabs(scene) {
  const { alice, bob, link } = scene
  await alice.goes(link)
  await alice.isAtEnd()
  const other = await bob.opensAnotherTab(link)
  await other.composer().waitFor()
  for (const tab of [bob, other]) {
    await tab.page.locator('#composer').click()
    await tab.looksAway()
  }
  await says(scene, alice, 'Knock, knock')
  for (const tab of [bob, other]) await until(async () => (await tab.page.title()).startsWith('(1) '))
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

/** An hour passes in a moment, as when a laptop was asleep. */
async function slept(scene) {
  const { alice, bob, link } = scene
  const tab = await bob.opensAnotherTab(link, (page) => page.clock.install())
  // Signed in for sure: before that, no time can pass for its session.
  await tab.seesMessages(scene.said)
  await tab.isAtEnd()
  await tab.page.bringToFront()
  let renewals = 0
  tab.page.on('response', (answer) => {
    if (answer.url().endsWith('/auth/jwt/refresh/')) renewals += 1
  })
  await tab.page.clock.fastForward('01:00:00')
  await until(() => renewals > 0)
  await tab.says('Good morning')
  scene.said.push('Good morning')
  await alice.seesMessages(scene.said)
  assert.equal(renewals, 1)
  await tab.page.close()
}

async function signedOutElsewhere({ bob, link }) {
  const tab = await bob.opensAnotherTab(link)
  await tab.composer().waitFor()
  await tab.signsOut()
  await tab.page.waitForURL((url) => url.pathname === '/auth')
  await bob.sees('You were signed out')
  await bob.isAccessible('signed out elsewhere')
  await tab.page.close()
  await bob.page.getByRole('button', { name: 'Sign in again' }).click()
  await bob.signsIn()
  await bob.page.waitForURL(link)
  await bob.composer().waitFor()
}

async function german({ alice, link }) {
  const settings = async (menu, entry) => {
    await alice.page.getByRole('button', { name: menu }).click()
    await alice.page.getByRole('button', { name: entry, exact: true }).click()
    return alice.page.getByRole('dialog')
  }
  await (await settings('Account and settings', 'Settings')).getByLabel('Language').selectOption('de')
  await alice.page.keyboard.press('Escape')
  await alice.page.getByRole('button', { name: 'Chat beginnen' }).waitFor()
  await alice.goes(link)
  await alice.page.getByPlaceholder('Schreib eine Nachricht').waitFor()
  assert.equal(await alice.page.locator('html').getAttribute('lang'), 'de')
  const words = await alice.page.locator('header, nav, form').allInnerTexts()
  assert.doesNotMatch(
    words.join(' ').replace(/Rainy days|War and peace|Chapter \d+|[“„].*?[”“]/g, ''),
    /\b(the|your|members|search)\b/i,
  )
  await (await settings('Konto und Einstellungen', 'Einstellungen')).getByLabel('Sprache').selectOption('en')
  await alice.page.keyboard.press('Escape')
  await alice.page.getByRole('button', { name: 'Start chatting' }).waitFor()
}

async function departures({ alice, bob, link }) {
  await bob.goes(link)
  await bob.composer().waitFor()
  await alice.goes(link)
  await alice.composer().waitFor()

  const removes = async (how) => {
    const card = await alice.looksAt(bob.name)
    await card.getByRole('button', { name: how }).click()
    await alice.page
      .getByRole('dialog')
      .getByRole('button', { name: /^Remove/ })
      .click()
    await bob.sees('You are no longer in this chat')
    await bob.sees(`${alice.name} removed you from “Rainy days”.`)
  }
  await removes('Remove from the chat')
  await alice.sees(`You removed ${bob.name}`)
  await alice.closesPanel('Members')
  await bob.goes(link)
  await bob.page.getByRole('button', { name: 'Join the chat' }).click()
  await bob.composer().waitFor()

  await removes('Remove for good')
  bob.expects(/\/api\/(links|chats)\//, /\b40[34]\b/)
  await bob.goes(link)
  await bob.sees('You were removed from this chat and can’t come back')
  await alice.panel('Members').getByRole('button', { name: 'Lift the ban' }).click()
  await alice.sees(`${bob.name} may come back.`)
  await alice.closesPanel('Members')
  await bob.page.reload()
  await bob.page.getByRole('button', { name: 'Join the chat' }).click()
  await bob.composer().waitFor()

  const settings = await bob.opensPanel('Chat settings')
  await settings.getByRole('button', { name: 'Leave the chat' }).click()
  await bob.page.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true }).click()
  await bob.page.waitForURL((url) => url.pathname === '/')
  await bob.page.getByRole('link', { name: 'Rainy days' }).waitFor({ state: 'hidden' })
  await alice.sees(`${bob.name} left the chat`)

  const alices = await alice.opensPanel('Chat settings')
  await alices.getByRole('button', { name: 'Close the link' }).click()
  await alice.answers('Close the link')
  await alice.sees('You closed the chat’s link')
  await alice.closesPanel('Chat settings')
  await bob.goes(link)
  await bob.sees('This link doesn’t work any more')
  await bob.goes('/')
  await bob.page.getByRole('link', { name: 'War and peace' }).waitFor()
  await alice.page.getByRole('button', { name: 'Add people' }).first().click()
  await alice.page.getByLabel('Username').fill(bob.name)
  await alice.answers('Add')
  await bob.page.getByRole('link', { name: 'Rainy days' }).click()
  await bob.sees(`${alice.name} added you`)

  await alice.opensPanel('Chat settings')
  await alices.getByRole('button', { name: 'Delete the chat' }).click()
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Delete for everybody' }).click()
  await alice.page.waitForURL((url) => url.pathname === '/')
  await bob.sees(`${alice.name} deleted`)
}

async function harmlessText(scene) {
  const { alice, bob } = scene
  await says(
    scene,
    alice,
    '<img src=x onerror=document.title=1> javascript:alert(1) https://example.org/a?b=1.',
  )
  await bothSeeAll(scene)
  const links = bob.message('javascript:').locator('.bubble a')
  assert.deepEqual(await links.evaluateAll((all) => all.map((a) => [a.href, a.rel])), [
    ['https://example.org/a?b=1', 'noopener noreferrer nofollow'],
  ])
  assert.equal(await bob.articles().locator('img').count(), 0)
}

async function unknown({ bob, link }) {
  bob.expects(/\/api\/(links|chats)\//, /\b404\b/)
  await bob.goes('/chats/AAAAAAAAAAAAAAA')
  await bob.sees('This chat can’t be opened')
  await bob.goes('/no/such/page')
  await bob.sees('There’s nothing here')
  await bob.goes(link)
  await bob.composer().waitFor()
}

/** Each with its picture for a person to look at, and with nothing that axe finds. */
async function pictures({ alice, artifacts, link }) {
  const views = {
    chats: ['/', () => alice.page.locator('nav .item').first().waitFor()],
    chat: [link, () => alice.isAtEnd()],
    members: [`${link}?show=people`, () => alice.panel('Members').getByText('Owner').waitFor()],
    settings: [`${link}?show=settings`, () => alice.panel('Chat settings').waitFor()],
    search: [`${link}?show=search`, () => alice.panel('Search in this chat').waitFor()],
  }
  for (const theme of ['light', 'dark']) {
    for (const [view, size] of VIEWS) {
      await alice.page.setViewportSize(size)
      for (const [name, [path, shown]] of Object.entries(views)) {
        await alice.goes(path)
        await shown()
        await alice.picture(artifacts, `${name}-${view}-${theme}`, size, theme)
        await alice.isAccessible(`${name} (${view}, ${theme})`)
        const wide = await alice.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        assert.ok(wide <= 0, `${name} is ${wide} px too wide (${view})`)
      }
    }
    await alice.page.setViewportSize(DESKTOP)
    await alice.goes(link)
    await alice.isAtEnd()
    await alice.page.getByRole('button', { name: 'Share link' }).click()
    await alice.page.getByRole('img', { name: 'QR code of the link' }).waitFor()
    await alice.isAccessible(`share (${theme})`)
    await alice.page.keyboard.press('Escape')
    await alice.page.getByRole('button', { name: 'Emoji', exact: true }).click()
    await alice.page.getByRole('button', { name: 'grinning face', exact: true }).waitFor()
    await alice.picture(artifacts, `emoji-desktop-${theme}`, DESKTOP, theme)
    await alice.isAccessible(`emoji (${theme})`)
    await alice.page.keyboard.press('Escape')
  }
}

async function signsOut({ alice, artifacts }) {
  await alice.signsOut()
  await alice.page.waitForURL((url) => url.pathname === '/auth')
  await alice.goes('/')
  await alice.page.waitForURL('**/auth')
  for (const theme of ['light', 'dark']) {
    for (const [view, size] of VIEWS) {
      await alice.picture(artifacts, `auth-${view}-${theme}`, size, theme)
      await alice.isAccessible(`auth (${view}, ${theme})`)
    }
  }
  await alice.page.setViewportSize(DESKTOP)
  await alice.signsIn()
  await alice.sees('example.org')
}

async function nothingStrange({ alice, bob }) {
  for (const person of [alice, bob]) {
    const stored = await person.page.evaluate(() => ({
      ...localStorage,
      ...sessionStorage,
    }))
    for (const [key, value] of Object.entries(stored)) {
      assert.match(`${key}=${value}`, HARMLESS, `${person.name} has something in storage`)
    }
    assert.deepEqual(person.troubles, [])
  }
}
