// How people get in, and to each other.

import assert from 'node:assert/strict'
import { until } from '../person.mjs'

export async function asksToSignUp({ alice }) {
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

export async function aliceSignsUp({ alice }) {
  await alice.signsUp()
  await alice.sees('No chats yet')
  assert.equal(new URL(alice.page.url()).pathname, '/')
}

export async function aliceStartsAChat(scene) {
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

export async function bobComesByLink({ alice, bob, link }) {
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
