// Who else is there while one looks: online, writing, and what they have seen.

import { bothSeeAll, says } from './story.mjs'

export async function company(scene) {
  const { alice, bob } = scene
  for (const person of [alice, bob]) {
    await person.page.getByRole('button', { name: /1 online/ }).waitFor()
  }
  const bobWrites = alice.page.getByText(`${bob.name} is writing…`)
  await bob.composer().pressSequentially('Hmm')
  await bobWrites.waitFor()
  await bob.composer().fill('')
  await bobWrites.waitFor({ state: 'hidden' })

  await bob.composer().pressSequentially('There it goes')
  await bobWrites.waitFor()
  await bob.composer().press('Enter')
  scene.said.push('There it goes')
  await bothSeeAll(scene)
  await bobWrites.waitFor({ state: 'hidden' })

  await says(scene, alice, 'Have you seen it?')
  await bothSeeAll(scene)
  await alice.page.getByRole('button', { name: 'Seen by everybody' }).click()
  await alice.page.getByRole('dialog').getByText(bob.name).waitFor()
  await alice.page.keyboard.press('Escape')

  await alice.opensPanel('Members')
  await alice.panel('Members').getByRole('button', { name: new RegExp(`${bob.name}.*Online`, 's') }).waitFor()
  await alice.closesPanel('Members')
}
