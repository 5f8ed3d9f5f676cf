// What people do by a program of theirs, without a browser.

export const PASSWORD = 'violet-Kettle-93-harbour'

export async function send(base, token, method, path, body) {
  const headers = {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  }
  const answer = await fetch(new URL(path, base), { method, headers, body: body && JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return text ? JSON.parse(text) : null
}

/** Signs in, and calls as them from there on; again, once for all calls under way, when the access token has ended. */
export async function callerFor(base, username, password = PASSWORD) {
  const signIn = () => send(base, null, 'POST', '/auth/jwt/create/', { username, password })
  let granted = signIn()
  await granted
  return async (method, path, body) => {
    const mine = granted
    const { token } = await mine
    try {
      return await send(base, token, method, path, body)
    } catch (error) {
      if (!error.message.includes('token_expired')) throw error
      if (granted === mine) granted = signIn()
      return send(base, (await granted).token, method, path, body)
    }
  }
}
