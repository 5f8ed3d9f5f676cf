// The longer ways in: a second factor, a forgotten password.

import assert from 'node:assert/strict'
import { codeOf } from '../authenticator.mjs'
import { mailsTo, nextMail } from '../mailbox.mjs'
import { until } from '../person.mjs'
import { anotherBrowser } from './account.mjs'

export async function secondFactor(scene) {
  const { alice, link } = scene
  alice.expects(/\/auth\/(?:second_factor|jwt\/create)\//, /\b40[0-9]\b/)
  const section = await alice.opensAccount('Two-step sign-in')
  await section.getByRole('button', { name: 'Set it up' }).click()
  await section.getByLabel('Your password', { exact: true }).fill(alice.password)
  await section.getByRole('button', { name: 'Go on' }).click()
  await section.getByRole('img', { name: 'QR code of the key' }).waitFor()
  const secret = await section.locator('.key').innerText()
  const code = section.getByLabel('Code', { exact: true })
  await code.fill('000000')
  await section.getByRole('button', { name: 'Turn it on' }).click()
  await until(async () => (await code.getAttribute('aria-invalid')) === 'true')
  await code.fill(codeOf(secret))
  await section.getByRole('button', { name: 'Turn it on' }).click()
  const codes = section.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await codes.first().waitFor()
  const recovery = await codes.allInnerTexts()
  assert.equal(new Set(recovery).size, 10)
  await section.getByRole('heading', { name: 'Recovery codes' }).evaluate((its) => its.scrollIntoView())
  await alice.isPicturedEverywhere(scene.artifacts, 'recovery-codes')
  const downloaded = alice.page.waitForEvent('download')
  await section.getByRole('button', { name: 'Download' }).click()
  assert.equal((await downloaded).suggestedFilename(), `chatire-${alice.name}.txt`)
  await section.getByRole('button', { name: 'Copy' }).click()
  await section.getByRole('button', { name: 'Copied' }).waitFor()
  const copied = await alice.page.evaluate(() => navigator.clipboard.readText())
  assert.ok(recovery.every((one) => copied.includes(one)))
  await section.getByRole('button', { name: 'I’ve kept them' }).click()
  await section.getByText('10 recovery codes are left.').waitFor()

  // By the app, to the link one came from.
  await alice.signsOut()
  await alice.page.waitForURL((url) => url.pathname === '/auth')
  await alice.goes(link)
  await alice.signsIn()
  const asked = alice.page.getByLabel('Code', { exact: true })
  await asked.waitFor()
  await until(() => asked.evaluate((field) => field === document.activeElement))
  await alice.isPicturedEverywhere(scene.artifacts, 'code')
  await asked.fill('000000')
  await alice.sees('This code is wrong, or was used before.')
  // What confirmed it is used up.
  await asked.fill(codeOf(secret, 1))
  await alice.page.waitForURL(link)
  await alice.composer().waitFor()

  // By a recovery code, once.
  const laptop = await anotherBrowser(scene)
  await laptop.page.getByRole('button', { name: 'Use a recovery code' }).click()
  await laptop.page.getByLabel('Recovery code', { exact: true }).fill(recovery[3])
  await laptop.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await laptop.page.getByRole('link', { name: 'Rainy days' }).waitFor()
  assert.deepEqual(laptop.troubles, [])
  await laptop.context.close()

  const again = await alice.opensAccount('Two-step sign-in')
  await again.getByText('9 recovery codes are left.').waitFor()
  await again.getByRole('button', { name: 'Turn it off' }).click()
  const dialog = alice.page.getByRole('dialog')
  await dialog.getByLabel('Your password', { exact: true }).fill(alice.password)
  await dialog.getByLabel('Code of the app, or a recovery code').fill(recovery[3])
  await dialog.getByRole('button', { name: 'Turn it off' }).click()
  await dialog.getByRole('alert').filter({ hasText: 'This code is wrong' }).waitFor()
  await dialog.getByLabel('Code of the app, or a recovery code').fill(recovery[4])
  await alice.answers('Turn it off')
  await again.getByRole('button', { name: 'Set it up' }).waitFor()
  await alice.goes(link)
  await alice.composer().waitFor()
}

export async function forgotten({ alice, artifacts, link, mails }) {
  const known = mailsTo(mails, alice.address).length
  alice.expects(/\/auth\/(?:users\/reset_password_confirm|jwt\/refresh)\/$/, /\b4\d\d\b/)
  await alice.signsOut()
  await alice.page.waitForURL((url) => url.pathname === '/auth')
  await alice.goes(link)
  await alice.page.getByRole('tab', { name: 'Sign in' }).click()
  await alice.page.getByRole('link', { name: 'Forgotten your password?' }).click()
  const asks = async (address) => {
    await alice.page.getByLabel('E-mail address').fill(address)
    await alice.page.getByRole('button', { name: 'Send the link' }).click()
    await alice.sees(`If an account has the address ${address}`)
  }
  // The same words, whether anybody has it or not.
  await asks('nobody@example.org')
  await alice.page.getByRole('button', { name: 'Ask for another link' }).click()
  await asks(alice.address)
  await alice.isPicturedEverywhere(artifacts, 'mail-sent')
  const mail = await nextMail(mails, alice.address, known)
  const address = /https?:\/\/\S+\/auth#reset=\S+/.exec(mail)[0]
  const token = address.split('#reset=')[1]

  const seen = []
  const tab = await alice.opensAnotherTab('/auth#reset=' + token, async (page) => {
    await page.addInitScript(() =>
      addEventListener('DOMContentLoaded', () => (globalThis.atFirst = location.href)),
    )
    page.on('request', (request) => seen.push(request.url()))
  })
  const field = tab.page.getByLabel('New password', { exact: true })
  await field.waitFor()
  const visible = () =>
    tab.page.evaluate(() => [location.href, globalThis.atFirst, document.referrer].join(' '))
  assert.ok(!(await visible()).includes(token), `the token stands in the address: ${await visible()}`)
  assert.ok(seen.every((url) => !url.includes(token)))
  // Where alice wanted to go is known to the tab that waits for the mail.
  await until(() => new URL(tab.page.url()).searchParams.get('next') === new URL(link).pathname)
  await field.fill('alice123')
  await tab.page.getByRole('button', { name: 'Set the password' }).click()
  await until(async () => (await field.getAttribute('aria-invalid')) === 'true')
  alice.password = 'thimble Orchard 31 velvet'
  await field.fill(alice.password)
  await tab.page.getByRole('button', { name: 'Set the password' }).click()
  await tab.sees('Your password has changed')
  await tab.isPicturedEverywhere(artifacts, 'password-changed')
  await tab.page.getByRole('link', { name: 'Sign in' }).click()
  tab.password = alice.password
  await tab.signsIn()
  await tab.page.waitForURL(link)
  await tab.composer().waitFor()
  await tab.page.close()

  // A link works once, and says so; also where one is signed in.
  await alice.goes('/auth#reset=' + token)
  await alice.page.getByLabel('New password', { exact: true }).fill('another Good 77 teapot')
  await alice.page.getByRole('button', { name: 'Set the password' }).click()
  await alice.sees('This link was used before')
  await alice.goes(link)
  await alice.composer().waitFor()
}
