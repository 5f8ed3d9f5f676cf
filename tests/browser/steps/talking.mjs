// What is said, and what becomes of it.

import assert from 'node:assert/strict'
import { until } from '../person.mjs'
import { says, bothSeeAll, reloads } from './story.mjs'

export async function bothTalk(scene) {
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

export async function changes(scene) {
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

export async function writing(scene) {
  const { alice, bob } = scene
  const composer = alice.composer()
  await composer.pressSequentially(`**Well**, @${bob.name.slice(0, 3)}`)
  await alice.page.getByRole('option', { name: bob.name }).waitFor()
  await composer.press('Enter')
  await until(async () => (await composer.inputValue()) === `**Well**, @${bob.name} `)
  await alice.page.getByRole('button', { name: 'Emoji', exact: true }).click()
  await alice.page.getByLabel('Search emoji').fill('party popper')
  const found = alice.page
    .getByRole('dialog', { name: 'Emoji' })
    .getByRole('button', { name: /party popper/i })
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

/** What is being sent waits for the next page as well, and is said once. */
export async function sentAfterReload(scene) {
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

export async function harmlessText(scene) {
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
