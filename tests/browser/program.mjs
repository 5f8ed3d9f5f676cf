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

/** Signs in, and calls as them from there on. */
export async function callerFor(base, username, password = PASSWORD) {
  const { token } = await send(base, null, 'POST', '/auth/jwt/create/', { username, password })
  return (method, path, body) => send(base, token, method, path, body)
}
