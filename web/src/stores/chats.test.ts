import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Chat, EventFrame, EventsPage, History, Message, User } from '@/wire/types'
import { useChats } from './chats'
import { useSession } from './session'

const alice: User = { id: 1, username: 'alice', first_name: '', last_name: '' }
const bob: User = { id: 2, username: 'bob', first_name: '', last_name: '' }
const URI = 'abcDEF123_-xyz0'
const AT = '2026-11-23T10:00:00.000000Z'

const message = (seq: number, user = bob): Message => ({ id: seq, seq, user, message: `m${seq}`, at: AT })
const chat = (seq: number, more: Partial<Chat> = {}): Chat => ({
  uri: URI,
  name: null,
  seq,
  last_message: null,
  members: [alice, bob],
  member_count: 2,
  created_at: AT,
  ...more,
})
const said = (seq: number): EventFrame => ({
  type: 'event',
  chat: URI,
  seq,
  at: AT,
  kind: 'message.created',
  data: message(seq),
})
const joined = (seq: number, user: User): EventFrame => ({
  type: 'event',
  chat: URI,
  seq,
  at: AT,
  kind: 'member.joined',
  data: { user },
})

/** A server that answers each call with what `answers` has for it. */
let answers: Record<string, () => unknown> = {}
let calls: string[] = []

async function scene() {
  setActivePinia(createPinia())
  await useSession().restored()
  const chats = useChats()
  const seqs = () => chats.states.get(URI)?.timeline.entries.map((entry) => entry.seq)
  return { chats, seqs }
}

describe('the chats', () => {
  beforeEach(() => {
    calls = []
    answers = {
      'POST /auth/jwt/refresh/': () => ({ token: 't', expires_in: 300, user: alice }),
      'GET /api/chats/': () => ({ chats: [chat(3)] }),
      [`GET /api/chats/${URI}/`]: () => chat(3),
      [`PATCH /api/chats/${URI}/`]: () => ({
        status: 'SUCCESS',
        members: [bob, alice],
        message: '',
        user: alice,
      }),
      [`GET /api/chats/${URI}/messages/?limit=50`]: (): History => ({
        id: 1,
        uri: URI,
        seq: 3,
        messages: [message(2), message(3)],
      }),
      [`GET /api/chats/${URI}/events/?after=0`]: (): EventsPage => ({
        seq: 3,
        events: [joined(1, bob), said(2), said(3)],
        more: false,
      }),
    }
    vi.stubGlobal('fetch', async (path: string, { method }: RequestInit) => {
      const call = `${method} ${path}`
      calls.push(call)
      const answer = answers[call]?.()
      return answer === undefined
        ? new Response(JSON.stringify({ code: 'chat_not_found', detail: 'none', status: 404 }), {
            status: 404,
          })
        : new Response(JSON.stringify(answer))
    })
  })

  it('that one has are opened by reading; those one has only the link of are joined first', async () => {
    const { chats } = await scene()
    void chats.loadList()
    await chats.open(URI, alice)
    expect(calls).not.toContain(`PATCH /api/chats/${URI}/`)

    chats.forget()
    await chats.open(URI, alice)
    expect(calls).toContain(`PATCH /api/chats/${URI}/`)
    expect(chats.list).toHaveLength(1)
  })

  it('show who joined between the messages of history', async () => {
    const { chats, seqs } = await scene()
    await chats.open(URI, alice)
    expect(seqs()).toEqual([1, 2, 3])
    expect(chats.states.get(URI)?.timeline.entries[0]?.kind).toBe('joined')
  })

  it('miss nothing that happens while history is on its way', async () => {
    const { chats, seqs } = await scene()
    await chats.loadList()
    const opening = chats.open(URI, alice)
    chats.apply([said(3), said(4)], alice)
    await opening
    chats.apply([said(5)], alice)
    expect(seqs()).toEqual([1, 2, 3, 4, 5])
  })

  it('show no gap after a reload of much that was missed', async () => {
    const { chats, seqs } = await scene()
    await chats.loadList()
    await chats.open(URI, alice)
    answers[`GET /api/chats/${URI}/messages/?limit=50`] = (): History => ({
      id: 1,
      uri: URI,
      seq: 901,
      messages: [message(900), message(901)],
      next: 900,
    })
    const reloading = chats.loadNewest(URI, alice)
    chats.apply([said(902)], alice)
    await reloading
    expect(seqs()).toEqual([900, 901, 902])
    expect(chats.states.get(URI)?.timeline.older).toBe(900)
  })

  it('one was added to by somebody else turn up by themselves', async () => {
    const { chats } = await scene()
    chats.apply([joined(3, alice)], alice)
    await vi.waitFor(() => expect(chats.list).toHaveLength(1))
    expect(chats.list[0]?.chat.seq).toBe(3)
  })

  it('count what is unread, name the newest message and know who joined', async () => {
    const { chats } = await scene()
    await chats.loadList()
    const carol = { ...bob, id: 3, username: 'carol' }
    chats.apply([said(4), joined(5, carol), said(6)], alice)
    const state = chats.states.get(URI)
    expect(state?.unread).toBe(2)
    expect(state?.chat.last_message?.seq).toBe(6)
    expect(state?.chat.members.map((member) => member.username)).toEqual(['alice', 'bob', 'carol'])
    chats.apply([joined(7, carol)], alice)
    expect(chats.states.get(URI)?.chat.member_count).toBe(3)
  })

  it('that do not exist are refused by the name the server gives the reason', async () => {
    const { chats } = await scene()
    await expect(chats.open('AAAAAAAAAAAAAAA', alice)).rejects.toMatchObject({ code: 'chat_not_found' })
  })
})
