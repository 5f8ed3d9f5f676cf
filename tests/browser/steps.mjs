// The story, step by step. Each goes on from the one before.

import assert from 'node:assert/strict'
import { until } from './person.mjs'

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
/** So many messages are loaded at a time. */
const PAGE = 50
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
  ['links stay text but for web addresses, and markup stays text', harmlessText],
  ['an unknown chat and an unknown page say so', unknown],
  ['each page has its picture, light and dark, desktop and phone', pictures],
  ['signing out ends the session, also after a reload', signsOut],
  ['who is removed sees that, and is let in again or leaves for good', departures],
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
  await alice.sees('Link copied')
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
  await says(scene, alice, 'and it is raining,\n  so let us stay in')
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
  await alice.seesMessages(await settledOrder(scene))
  await alice.isAtEnd()
  await bob.isAtEnd()

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
  await until(async () => {
    const [a, b] = [await alice.messages(), await bob.messages()].map((all) => all.map(({ text }) => text))
    scene.said = a
    return a.length === said.length && JSON.stringify(a) === JSON.stringify(b)
  })
  assert.deepEqual(scene.said.toSorted(), said.toSorted())
  return scene.said
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
  await person.seesMessages(said.slice(-PAGE))
  await person.isAtEnd()
  await readsOlder(person, said)
  await person.page.getByRole('button', { name: 'To the newest message' }).click()
  await person.isAtEnd()
}

/** Older messages come in above, and what one reads stays where it is. */
async function readsOlder(person, said) {
  const before = await person.scrollsTo(300)
  await person.seesMessages(said)
  const after = await person.firstVisible()
  assert.equal(after.text, before.text)
  assert.ok(Math.abs(after.at - before.at) <= 2, `it moved from ${before.at} to ${after.at}`)
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
  assert.equal((await alice.messages()).length, fromAlice.length)

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
  assert.equal(await bob.page.evaluate(() => globalThis.notes), 2, 'one chime of two notes')
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

  const reading = await alice.scrollsTo(800)
  await bob.does('React with 😂', 'Hello bob!')
  await alice.message('Hello bob!').locator('.chip').waitFor()
  const after = await alice.firstVisible()
  assert.equal(after.text, reading.text)
  assert.ok(Math.abs(after.at - reading.at) <= 2, `it moved from ${reading.at} to ${after.at}`)
  for (const person of [alice, bob]) {
    await person.page.getByRole('button', { name: 'To the newest message' }).click()
    await person.isAtEnd()
  }

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
  await alice.choosesFromChatMenu('Name the chat')
  await alice.page.getByRole('textbox', { name: 'Name of the chat' }).fill('Rainy days')
  await alice.answers('Save')
  for (const person of [alice, bob]) {
    await person.page.getByRole('heading', { name: 'Rainy days' }).first().waitFor()
    await person.sees('named the chat “Rainy days”')
  }
  await bob.page.getByRole('button', { name: 'Chat menu' }).click()
  assert.equal(await bob.page.getByRole('button', { name: 'Rename the chat' }).count(), 0)
  await bob.page.keyboard.press('Escape')
}

async function departures({ alice, bob, link }) {
  const path = `/api/chats/${new URL(link).pathname.split('/').at(-1)}/`
  const { members } = await alice.calls('GET', `${path}members/`)
  const { id } = members.find(({ user }) => user.username === bob.name).user
  await bob.goes(link)
  await bob.composer().waitFor()
  await alice.goes(link)
  await alice.composer().waitFor()

  await alice.calls('DELETE', `${path}members/${id}/`)
  await bob.sees('You are no longer in this chat')
  await bob.sees(`${alice.name} removed you from “Rainy days”.`)
  await bob.sees('No chats yet')
  await alice.sees(`You removed ${bob.name}`)
  await bob.goes(link)
  await bob.page.getByRole('button', { name: 'Join the chat' }).click()
  await bob.composer().waitFor()

  await bob.choosesFromChatMenu('Leave the chat')
  await bob.page.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true }).click()
  await bob.page.waitForURL((url) => url.pathname === '/')
  await bob.sees('No chats yet')
  await alice.sees(`${bob.name} left the chat`)

  await alice.calls('DELETE', `${path}link/`)
  await alice.sees('You closed the chat’s link')
  bob.expects(/\/api\/(links|chats)\//, /\b40[34]\b/)
  await bob.goes(link)
  await bob.sees('This link doesn’t work any more')
  await bob.goes('/')
  await bob.sees('No chats yet')
  await alice.page.getByRole('button', { name: 'Add people' }).first().click()
  await alice.page.getByLabel('Username').fill(bob.name)
  await alice.answers('Add')
  await bob.page.getByRole('link', { name: 'Rainy days' }).click()
  await bob.sees(`${alice.name} added you`)
}

async function harmlessText(scene) {
  const { alice, bob } = scene
  await says(
    scene,
    alice,
    '<img src=x onerror=document.title=1> javascript:alert(1) https://example.org/a?b=1.',
  )
  await bothSeeAll(scene)
  const links = bob.page.locator('[role=log] article a')
  assert.deepEqual(await links.evaluateAll((all) => all.map((a) => [a.href, a.rel])), [
    ['https://example.org/a?b=1', 'noopener noreferrer nofollow'],
  ])
  assert.equal(await bob.page.locator('[role=log] img').count(), 0)
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

async function pictures({ alice, artifacts, link }) {
  const guest = alice.page
  for (const theme of ['light', 'dark']) {
    for (const [view, size] of VIEWS) {
      await guest.setViewportSize(size)
      await alice.goes('/')
      await alice.sees('example.org')
      await alice.picture(artifacts, `chats-${view}-${theme}`, size, theme)
      await alice.goes(link)
      await alice.isAtEnd()
      await alice.picture(artifacts, `chat-${view}-${theme}`, size, theme)
      const wide = await guest.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(wide <= 0, `the chat is ${wide} px too wide (${view})`)
    }
  }
  await guest.setViewportSize(DESKTOP)
}

async function signsOut({ alice, artifacts }) {
  await alice.signsOut()
  await alice.page.waitForURL((url) => url.pathname === '/auth')
  await alice.goes('/')
  await alice.page.waitForURL('**/auth')
  for (const theme of ['light', 'dark']) {
    for (const [view, size] of VIEWS) await alice.picture(artifacts, `auth-${view}-${theme}`, size, theme)
  }
  await alice.page.setViewportSize(DESKTOP)
  await alice.signsIn()
  await alice.sees('example.org')
}

async function nothingStrange({ alice, bob }) {
  for (const person of [alice, bob]) {
    const stored = await person.page.evaluate(() => localStorage.length + sessionStorage.length)
    assert.equal(stored, 0, `${person.name} has something in storage`)
    assert.deepEqual(person.troubles, [])
  }
}
