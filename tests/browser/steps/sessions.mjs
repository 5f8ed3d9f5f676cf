// Being signed in, and no longer.

export async function signedOutElsewhere({ bob, link }) {
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

export async function signsOut({ alice, artifacts }) {
  await alice.signsOut()
  await alice.page.waitForURL((url) => url.pathname === '/auth')
  await alice.goes('/')
  await alice.page.waitForURL('**/auth')
  await alice.isPicturedEverywhere(artifacts, 'auth')
  await alice.signsIn()
  await alice.sees('example.org')
}
