// A chat worth looking at, for pictures and measurements.

import { callerFor, PASSWORD, send } from './program.mjs'

export async function makeSample(base) {
  const names = ['nora', 'sam.lee', 'yuki', 'leila']
  // On a server where these are taken, others who are called almost the same.
  const run = Date.now().toString(36)
  const first = await signUp(base, names[0]).catch(() => null)
  const people = first
    ? [first, ...(await signUpAll(base, names.slice(1)))]
    : await signUpAll(
        base,
        names.map((name) => `${name}.${run}`),
      )
  const [nora, sam, yuki, leila] = people
  const { uri } = await nora.call('POST', '/api/chats/', { name: 'Garden party' })
  for (const guest of [sam, yuki, leila]) {
    await guest.call('PATCH', `/api/chats/${uri}/`, { username: guest.name })
  }
  const says = (person, message, more = {}, chat = uri) =>
    person.call('POST', `/api/chats/${chat}/messages/`, { message, ...more })

  const bikes = await sam.call('POST', '/api/chats/', { name: 'Bicycle repair' })
  await nora.call('PATCH', `/api/chats/${bikes.uri}/`, { username: nora.name })
  await says(sam, 'The new tubes came in today', {}, bikes.uri)
  const reading = await leila.call('POST', '/api/chats/', { name: 'Book club' })
  await nora.call('PATCH', `/api/chats/${reading.uri}/`, { username: nora.name })
  await says(leila, `Page 120 by Thursday, @${nora.name}?`, {}, reading.uri)
  const direct = await yuki.call('POST', '/api/chats/direct/', { username: nora.name })
  await says(yuki, 'Shall we bring the speakers as a surprise?', {}, direct.uri)

  // Enough to fill what is loaded at first.
  for (let i = 1; i <= 60; i += 1)
    await says(people[i % 4], `Note ${i}: ${'a few words about lanterns, '.repeat(i % 3)}done.`)
  const question = await says(
    leila,
    'Saturday it is! Who brings the **grill**? Last year’s list: https://example.org/party',
  )
  await says(sam, 'I do. And:\n\n- charcoal\n- the *good* knives\n- `two` folding tables', {
    reply_to: question.id,
  })
  const lamps = await says(nora, 'Wonderful. I hang up the lanterns in the afternoon, help is welcome')
  await says(yuki, 'Me!')
  const last = await says(yuki, `I come at four, @${nora.name}`)
  await says(nora, 'See you then 🏮')
  for (const [person, message, emoji] of [
    [sam, lamps, '🎉'],
    [yuki, lamps, '🎉'],
    [leila, lamps, '❤️'],
    [leila, last, '👍'],
  ]) {
    await person.call(
      'PUT',
      `/api/chats/${uri}/messages/${message.id}/reactions/${encodeURIComponent(emoji)}/`,
    )
  }
  return { uri, name: nora.name, password: PASSWORD }
}

function signUpAll(base, names) {
  return Promise.all(names.map((name) => signUp(base, name)))
}

async function signUp(base, name) {
  await send(base, null, 'POST', '/auth/users/', { username: name, password: PASSWORD })
  return { name, call: await callerFor(base, name) }
}

/** In a page of a browser. */
export async function signsIn(page, base, { name, password }) {
  await page.goto(new URL('/auth?mode=sign-in', base).href)
  await page.locator('input[autocomplete=username]').fill(name)
  await page.locator('input[type=password]').fill(password)
  await page.locator('form button.submit').click()
  await page.locator('nav .item').first().waitFor()
}
