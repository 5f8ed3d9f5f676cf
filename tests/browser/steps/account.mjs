// One's own account: names, devices, the end of it.

import assert from 'node:assert/strict'
import { Person, until } from '../person.mjs'

export async function profile(scene) {
  const { alice, link } = scene
  alice.expects(/\/auth\/users\/me\/$/, /\b403\b/)
  const other = await alice.opensAnotherTab(link)
  await other.composer().waitFor()
  const profile = await alice.opensAccount('Profile')
  const save = profile.getByRole('button', { name: 'Save' })
  assert.ok(await save.isDisabled(), 'there is nothing to save')
  await profile.getByLabel('First name').fill('Alice')
  await profile.getByLabel('Last name').fill('Ní Bhriain')
  await profile.getByLabel('E-mail address').fill(alice.address)
  const password = profile.getByLabel('Your password', { exact: true })
  await password.fill('not this one')
  await save.click()
  await until(async () => (await password.getAttribute('aria-invalid')) === 'true')
  await until(() => password.evaluate((field) => field === document.activeElement))
  await password.fill(alice.password)
  await save.click()
  await alice.sees('Saved')
  await password.waitFor({ state: 'hidden' })

  // In the other tab at once, and here also after a reload.
  await other.page.getByRole('button', { name: 'Account and settings' }).click()
  await other.page.locator('.menu-panel').getByText('Alice Ní Bhriain').waitFor()
  await other.page.close()
  await alice.page.reload()
  await alice.page
    .getByRole('banner')
    .or(alice.page.locator('header'))
    .getByText('Alice Ní Bhriain')
    .waitFor()
  assert.equal(await profile.getByLabel('E-mail address').inputValue(), alice.address)
  await profile.getByLabel('First name').fill('')
  await profile.getByLabel('Last name').fill('')
  await save.click()
  await alice.sees('Saved')
}

/** Another browser of the same person, signed in. */
export async function anotherBrowser({ alice, base }, path = '/') {
  const laptop = await Person.arrives(alice.context.browser(), base, alice.name)
  laptop.password = alice.password
  // What ends a session, or asks for more than a password.
  laptop.expects(/\/auth\/jwt\/(?:refresh|create)\/$/, /\b401\b/)
  await laptop.goes(path)
  await laptop.signsIn()
  return laptop
}

export async function devices(scene) {
  const { alice, link } = scene
  const laptop = await anotherBrowser(scene, link)
  await laptop.composer().waitFor()
  await alice.goes(link)
  const sessions = await alice.opensAccount('Where you’re signed in')
  await sessions.getByText('This device').waitFor()
  const ways = sessions.getByRole('button', { name: /^Sign out Chrome on / })
  await ways.first().waitFor()
  const before = await ways.count()
  await sessions.evaluate((all) => all.scrollIntoView())
  await alice.isPicturedEverywhere(scene.artifacts, 'two-devices')
  await ways.first().click()
  await alice.sees('The device is signed out.')
  await until(async () => (await ways.count()) === before - 1)
  // The newest was the laptop: its page is told at once.
  await laptop.sees('You were signed out')
  await laptop.page.getByRole('button', { name: 'Sign in again' }).click()
  await laptop.signsIn()
  await laptop.page.waitForURL(link)
  await laptop.composer().waitFor()

  await alice.page.reload()
  await sessions.getByRole('button', { name: 'Sign out all other devices' }).click()
  await alice.answers('Sign them out')
  await ways.first().waitFor({ state: 'hidden' })
  await laptop.sees('You were signed out')
  await sessions.getByText('This device').waitFor()
  assert.deepEqual(laptop.troubles, [])
  await laptop.context.close()
}

/** Another password: other devices are out, this one goes on. */
export async function changesPassword(scene) {
  const { alice, link } = scene
  const laptop = await anotherBrowser(scene, link)
  await laptop.composer().waitFor()
  alice.expects(/\/auth\/users\/set_password\/$/, /\b4\d\d\b/)
  const section = await alice.opensAccount('Change the password')
  const chosen = section.getByLabel('New password', { exact: true })
  await section.getByLabel('Your password', { exact: true }).fill(alice.password)
  await chosen.fill('qwertyuiop')
  await section.getByRole('button', { name: 'Change the password' }).click()
  await until(async () => (await chosen.getAttribute('aria-invalid')) === 'true')
  const why = await alice.page.locator(`[id="${await chosen.getAttribute('aria-describedby')}"]`).innerText()
  assert.match(why, /common password|Straight rows/)
  alice.password = 'lantern Gravel 58 mustard'
  await chosen.fill(alice.password)
  await section.getByRole('button', { name: 'Change the password' }).click()
  await alice.sees('Password changed.')
  await laptop.sees('You were signed out')
  await laptop.context.close()
  await alice.goes(link)
  await alice.composer().waitFor()
}

export async function deletesAccount({ alice, artifacts, base }) {
  const carol = await Person.arrives(alice.context.browser(), base, `carol.${alice.name.split('.')[1]}`)
  carol.expects(/\/auth\/(?:users\/me|jwt\/create)\/$/, /\b40[13]\b/)
  await carol.goes('/')
  await carol.signsUp()
  await carol.sees('No chats yet')
  const section = await carol.opensAccount('Delete the account')
  await section.getByRole('button', { name: 'Delete my account' }).click()
  const dialog = carol.page.getByRole('dialog')
  const does = dialog.getByRole('button', { name: 'Delete for good' })
  assert.ok(await does.isDisabled(), 'an account is deleted by the password only')
  await carol.isPicturedEverywhere(artifacts, 'delete-account')
  await dialog.getByLabel('Your password', { exact: true }).fill('not this one')
  await does.click()
  await dialog.getByRole('alert').filter({ hasText: 'This is not your password.' }).waitFor()
  await dialog.getByLabel('Your password', { exact: true }).fill(carol.password)
  await does.click()
  await carol.page.waitForURL((url) => url.pathname === '/auth')
  await carol.sees('Your account is deleted.')
  await carol.signsIn()
  await carol.sees('The username or the password is wrong.')
  assert.deepEqual(carol.troubles, [])
  await carol.context.close()
}
