// What a chat is, who is in it, and how that ends.

import assert from 'node:assert/strict'

export async function names(scene) {
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

export async function roles(scene) {
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

export async function between(scene) {
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

export async function departures({ alice, bob, link }) {
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
