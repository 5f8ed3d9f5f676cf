import { vi } from 'vitest'
import { alice, bob, chat, joined, message, page, said, URI } from '@/timeline/samples'
import type { Chat, ErrorCode, EventsPage } from '@/wire/types'
import { keep } from './kept'

// For tests of stores: a server that answers each call with what `answers` has for it, and one chat that stands at 3.

export const HISTORY = `GET /api/chats/${URI}/messages/?limit=50`

export const answers: Record<string, () => unknown> = {}
export const calls: string[] = []

export const no = (code: ErrorCode, status = 403) =>
  new Response(JSON.stringify({ code, detail: code, status }), { status })
export const listed = (more: Partial<Chat> = {}) => ({ chats: [chat(3, more)] })

/** Before each test: alice was signed in, and nothing was asked yet. */
export function serve(): void {
  keep('signed-in', '1')
  calls.length = 0
  for (const call of Object.keys(answers)) delete answers[call]
  Object.assign(answers, {
    'POST /auth/jwt/refresh/': () => ({ token: 't', expires_in: 300, user: alice }),
    'GET /api/chats/': () => listed(),
    [`GET /api/chats/${URI}/`]: () => chat(3),
    [HISTORY]: () => page(3, [message(2), message(3)]),
    [`GET /api/chats/${URI}/events/?after=0`]: (): EventsPage => ({
      seq: 3,
      events: [joined(1, bob), said(2), said(3)],
      more: false,
    }),
  })
  vi.stubGlobal('fetch', async (path: string, { method, body }: RequestInit) => {
    const call = `${method} ${path}`
    calls.push(body && !path.startsWith('/auth/') ? `${call} ${String(body)}` : call)
    const answer = await answers[call]?.()
    if (answer instanceof Response) return answer
    return answer === undefined ? no('chat_not_found', 404) : new Response(JSON.stringify(answer))
  })
}
