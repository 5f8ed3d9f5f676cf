// Every page, for a person and for axe to look at.

import assert from 'node:assert/strict'
import { Person } from '../person.mjs'
import { DESKTOP, THEMES, VIEWS } from '../screens.mjs'

/** All that may be remembered outside of memory. */
const HARMLESS = /^chatire\.(?:signed-in=1|emoji=\P{ASCII}+(?: \P{ASCII}+)*)$/u

export async function german({ alice, link }) {
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

export async function unknown({ bob, link }) {
  bob.expects(/\/api\/(links|chats)\//, /\b404\b/)
  await bob.goes('/chats/AAAAAAAAAAAAAAA')
  await bob.sees('This chat can’t be opened')
  await bob.goes('/no/such/page')
  await bob.sees('There’s nothing here')
  await bob.goes(link)
  await bob.composer().waitFor()
}

/** Each with its picture for a person to look at, and with nothing that axe finds. */
export async function pictures({ alice, artifacts, link }) {
  const views = {
    chats: ['/', () => alice.page.locator('nav .item').first().waitFor()],
    chat: [link, () => alice.isAtEnd()],
    members: [`${link}?show=people`, () => alice.panel('Members').getByText('Owner').waitFor()],
    settings: [`${link}?show=settings`, () => alice.panel('Chat settings').waitFor()],
    search: [`${link}?show=search`, () => alice.panel('Search in this chat').waitFor()],
  }
  for (const theme of THEMES) {
    for (const [view, size] of VIEWS) {
      await alice.page.setViewportSize(size)
      for (const [name, [path, shown]] of Object.entries(views)) {
        await alice.goes(path)
        await shown()
        await alice.isPictured(artifacts, `${name}-${view}-${theme}`, size, theme)
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

export async function nothingStrange({ alice, bob }) {
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

/** What one sees of one's own account, and on the longer ways in. */
export async function accountPictures(scene) {
  const { alice, artifacts } = scene
  const visitor = await Person.arrives(alice.context.browser(), alice.base, alice.name)
  const setUp = async () => {
    const section = await alice.opensAccount('Two-step sign-in')
    await section.getByRole('button', { name: 'Set it up' }).click()
    await section.getByLabel('Your password', { exact: true }).fill(alice.password)
    await section.getByRole('button', { name: 'Go on' }).click()
    const code = section.getByRole('img', { name: 'QR code of the key' })
    await code.waitFor()
    await section.locator('h2').evaluate((heading) => heading.scrollIntoView())
    return section
  }
  const devices = async () => {
    const section = await alice.opensAccount('Where you’re signed in')
    await section.getByText('This device').waitFor()
    await section.evaluate((all) => all.scrollIntoView())
  }
  const views = {
    account: [
      alice,
      '/',
      async () => (await alice.opensAccount('Profile')).getByLabel('First name').waitFor(),
    ],
    devices: [alice, '/', devices],
    'second-factor': [alice, '/', setUp],
    forgotten: [visitor, '/auth?mode=forgotten', () => visitor.page.getByLabel('E-mail address').waitFor()],
    'new-password': [
      visitor,
      '/auth#reset=A',
      () => visitor.page.getByLabel('New password', { exact: true }).waitFor(),
    ],
    'link-spent': [visitor, '/auth?mode=new-password', () => visitor.sees('This link was used before')],
  }
  for (const theme of THEMES) {
    for (const [view, size] of VIEWS) {
      for (const [name, [person, path, shown]] of Object.entries(views)) {
        await person.page.setViewportSize(size)
        // Another page first: a new hash alone loads nothing anew.
        await person.goes('/no/such/page')
        await person.goes(path)
        await shown()
        await person.isPictured(artifacts, `${name}-${view}-${theme}`, size, theme)
      }
    }
  }
  await alice.page.setViewportSize(DESKTOP)
  await visitor.context.close()
}
