// What all steps share: two people in a chat, and what was said there.

import assert from 'node:assert/strict'

export async function says(scene, person, text) {
  await person.says(text)
  scene.said.push(text)
}

export async function bothSeeAll({ alice, bob, said }) {
  await alice.seesMessages(said)
  await bob.seesMessages(said)
}

/** Two people typing at once have no order but the server's, which is the same for both. */
export async function settledOrder(scene) {
  const { alice, bob, said } = scene
  const { messages } = await alice.calls('GET', `/api/chats/${uriOf(scene)}/messages/?limit=100`)
  scene.said = messages.map(({ message }) => message)
  assert.deepEqual(scene.said.toSorted(), said.toSorted())
  await alice.readsAll(scene.said)
  await bob.readsAll(scene.said)
  return scene.said
}

export function uriOf({ link }) {
  return new URL(link).pathname.split('/').at(-1)
}

export async function reloads(person, { said }) {
  await person.page.reload()
  await person.composer().waitFor()
  await person.seesMessages(said)
  await person.isAtEnd()
  await readsOlder(person)
  await person.readsAll(said)
  await person.goesToEnd()
}

/** Older messages come in above, and what one reads stays where it is. */
export async function readsOlder(person) {
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
