import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import {
  alice,
  bob,
  carol,
  chat,
  deleted,
  edited,
  event,
  joined,
  left,
  message,
  page,
  removed,
  said,
  unheardOf,
  URI,
} from '@/timeline/samples'
import type { LinkPreview } from '@/wire/types'
import { useActs } from './acts'
import { useChats } from './chats'
import { answers, calls, HISTORY, listed, no, serve } from './scripted-api'
import { useSession } from './session'
import { useToasts } from './toasts'

const LINK = 'link_000000-xyz'
const preview = (more: Partial<LinkPreview> = {}): LinkPreview => ({
  uri: URI,
  name: null,
  members: [bob],
  member_count: 1,
  joined: false,
  ...more,
})

async function scene() {
  setActivePinia(createPinia())
  await useSession().restored()
  const chats = useChats()
  const its = () => chats.states.get(URI)?.chat
  const seqs = () => chats.states.get(URI)?.timeline.entries.map((entry) => entry.seq)
  const toasts = () => useToasts().toasts.map(({ text }) => text)
  return { chats, its, seqs, toasts }
}

beforeEach(serve)
afterEach(() => void vi.useRealTimers())

describe('the chats', () => {
  it('show who joined between the messages of history', async () => {
    const { chats, seqs } = await scene()
    await chats.loadList()
    await chats.open(URI, alice)
    expect(seqs()).toEqual([1, 2, 3])
    expect(chats.states.get(URI)?.timeline.entries[0]?.kind).toBe('joined')
  })

  it('miss nothing that happens while history is on its way', async () => {
    const { chats, seqs } = await scene()
    await chats.loadList()
    const opening = chats.open(URI, alice)
    chats.apply([said(3), said(4), edited(5, 2, 'edited')], alice)
    await opening
    chats.apply([said(6)], alice)
    expect(seqs()).toEqual([1, 2, 3, 4, 6])
    expect(chats.states.get(URI)?.timeline.entries[1]).toMatchObject({ message: { message: 'edited' } })
  })

  it('show no gap after a reload of much that was missed', async () => {
    const { chats, seqs } = await scene()
    await chats.loadList()
    await chats.open(URI, alice)
    answers[HISTORY] = () => page(901, [message(900), message(901)], { next: 900 })
    const reloading = chats.loadNewest(URI, alice)
    chats.apply([said(902)], alice)
    await reloading
    expect(seqs()).toEqual([900, 901, 902])
    expect(chats.states.get(URI)?.timeline.older).toBe(900)
  })

  it('one was added to by somebody else turn up by themselves', async () => {
    const { chats } = await scene()
    chats.apply([joined(3, alice, bob)], alice)
    await vi.waitFor(() => expect(chats.list).toHaveLength(1))
    expect(chats.list[0]?.chat.seq).toBe(3)
  })

  it('one was just added to count what was said while they were asked for', async () => {
    const { chats, its } = await scene()
    let answer: (value: unknown) => void = () => undefined
    answers[`GET /api/chats/${URI}/`] = () => new Promise((resolve) => (answer = resolve))
    chats.apply([joined(3, alice, bob)], alice)
    chats.apply([said(4)], alice)
    await vi.waitFor(() => expect(calls).toContain(`GET /api/chats/${URI}/`))
    answers[`GET /api/chats/${URI}/`] = () => chat(4, { unread: 1, last_message: message(4) })
    answer(chat(3))
    await vi.waitFor(() => expect(its()).toMatchObject({ seq: 4, unread: 1, last_message: { seq: 4 } }))
    expect(calls.filter((call) => call === `GET /api/chats/${URI}/`)).toHaveLength(2)
  })

  it('count what is unread, name the newest message and know who joined', async () => {
    const { chats, its } = await scene()
    await chats.loadList()
    chats.apply([said(4), joined(5, carol), said(6), unheardOf(7)], alice)
    expect(its()).toMatchObject({ unread: 2, last_message: { seq: 6 }, members: [alice, bob, carol], seq: 7 })
    chats.apply([joined(8, carol)], alice)
    expect(its()?.member_count).toBe(3)
  })

  it('that do not exist are refused by the name the server gives the reason', async () => {
    const { chats } = await scene()
    await expect(chats.open('AAAAAAAAAAAAAAA', alice)).rejects.toMatchObject({ code: 'chat_not_found' })
  })
})

describe('what is unread', () => {
  it('is what the server says at first', async () => {
    answers['GET /api/chats/'] = () => listed({ read_seq: 1, unread: 100, mentions: 2 })
    const { chats, its } = await scene()
    await chats.loadList()
    expect(its()).toMatchObject({ unread: 100, mentions: 2 })
  })

  it('is nothing once the end was seen, and the server is told', async () => {
    answers['GET /api/chats/'] = () => listed({ read_seq: 1, unread: 2 })
    answers[`PUT /api/chats/${URI}/read/`] = () => ({ seq: 3 })
    const { chats, its } = await scene()
    await chats.loadList()
    await chats.open(URI, alice)
    vi.useFakeTimers()
    chats.read(URI, 3, alice)
    expect(its()).toMatchObject({ read_seq: 3, unread: 0 })
    chats.read(URI, 3, alice)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(calls.filter((call) => call.startsWith('PUT'))).toEqual([`PUT /api/chats/${URI}/read/ {"seq":3}`])
    chats.apply([said(4, alice), said(5, bob)], alice)
    expect(its()).toMatchObject({ read_seq: 4, unread: 1 })
  })

  it('is asked for again when a message that nobody knows here is deleted', async () => {
    answers['GET /api/chats/'] = () => listed({ read_seq: 1, unread: 2 })
    answers[`GET /api/chats/${URI}/`] = () => chat(4, { read_seq: 1, unread: 1 })
    const { chats, its } = await scene()
    await chats.loadList()
    chats.apply([deleted(4, 2)], alice)
    await vi.waitFor(() => expect(its()?.unread).toBe(1))
  })

  it('is asked for again when one has read on another device', async () => {
    answers['GET /api/chats/'] = () => listed({ read_seq: 1, unread: 2 })
    const { chats, its } = await scene()
    await chats.loadList()
    chats.compare([{ uri: URI, name: null, seq: 3, read_seq: 3 }])
    await vi.waitFor(() => expect(its()?.unread).toBe(0))
  })
})

describe('what was read on another device', () => {
  it('is asked for when one looks at the page again', async () => {
    answers['GET /api/chats/'] = () => listed({ read_seq: 1, unread: 2 })
    const { chats, its } = await scene()
    await chats.loadList()
    vi.spyOn(document, 'hasFocus').mockReturnValue(false)
    dispatchEvent(new Event('blur'))
    answers['GET /api/chats/'] = () => listed()
    vi.spyOn(document, 'hasFocus').mockReturnValue(true)
    await nextTick()
    dispatchEvent(new Event('focus'))
    await vi.waitFor(() => expect(its()?.unread).toBe(0))
  })
})

describe('a chat one was in', () => {
  it('leaves the list when one is removed, and says by whom', async () => {
    const { chats, toasts } = await scene()
    await chats.loadList()
    chats.apply([said(4), removed(5, alice, bob)], alice)
    expect(chats.list).toEqual([])
    expect(chats.departures.get(URI)).toMatchObject({ why: 'removed', by: bob })
    expect(toasts()).toEqual(['bob removed you from “bob”.'])
  })

  it('leaves the list when it is deleted, and does not come back by an answer from before', async () => {
    const { chats } = await scene()
    await chats.loadList()
    chats.apply([event(4, { kind: 'chat.deleted', data: { by: bob } })], alice)
    await chats.loadList()
    expect(chats.list).toEqual([])
    answers['GET /api/chats/'] = () => ({ chats: [chat(6)] })
    await chats.loadList()
    expect(chats.list).toHaveLength(1)
    expect(chats.departures.size).toBe(0)
  })

  it('stays when others leave', async () => {
    const { chats, its } = await scene()
    await chats.loadList()
    chats.apply([left(4, bob)], alice)
    expect(its()?.member_count).toBe(1)
  })

  it('is left once, by oneself, whichever comes first, the answer or the event', async () => {
    answers[`DELETE /api/chats/${URI}/members/me/`] = () => null
    const { chats, toasts } = await scene()
    await chats.loadList()
    await useActs().leave(URI)
    chats.apply([left(4, alice)], alice)
    expect(chats.list).toEqual([])
    expect(toasts()).toEqual(['You left “bob”.'])
    expect(calls).not.toContain(`GET /api/chats/${URI}/`)
  })

  it('is gone when the socket does not know it any more and the server confirms it', async () => {
    const { chats } = await scene()
    await chats.loadList()
    chats.compare([])
    await vi.waitFor(() => expect(calls).toContain(`GET /api/chats/${URI}/`))
    expect(chats.list).toHaveLength(1)
    answers[`GET /api/chats/${URI}/`] = () => no('not_a_member')
    chats.compare([])
    await vi.waitFor(() => expect(chats.list).toEqual([]))
    expect(chats.departures.get(URI)?.why).toBe('gone')
  })
})

describe('an address', () => {
  it('of a chat one has is opened by reading', async () => {
    const { chats } = await scene()
    void chats.loadList()
    expect(await chats.open(URI, alice)).toEqual({ as: 'mine', uri: URI })
    expect(calls).not.toContain(`GET /api/links/${URI}/`)
  })

  it('of a chat one is not in shows a preview, and nobody has joined by that', async () => {
    answers[`GET /api/links/${LINK}/`] = () => preview()
    const { chats } = await scene()
    expect(await chats.open(LINK, alice)).toMatchObject({ as: 'guest', preview: { member_count: 1 } })
    expect(chats.list).toEqual([])
    answers[`PATCH /api/chats/${LINK}/`] = () => ({
      status: 'SUCCESS',
      uri: URI,
      members: [],
      message: '',
      user: alice,
    })
    expect(await chats.join(LINK, alice)).toBe(URI)
    expect(calls).toContain(`PATCH /api/chats/${LINK}/ {"username":"alice"}`)
    expect(chats.list).toHaveLength(1)
  })

  it('that is the link of a chat one has leads to its own address', async () => {
    answers['GET /api/chats/'] = () => listed({ link: LINK })
    const { chats } = await scene()
    await chats.loadList()
    expect(await chats.open(LINK, alice)).toEqual({ as: 'mine', uri: URI })
  })

  it('of a chat one has but that the list does not reach is found, by its link or by itself', async () => {
    answers['GET /api/chats/'] = () => ({ chats: [] })
    answers[`GET /api/links/${LINK}/`] = () => preview({ joined: true })
    const { chats } = await scene()
    await chats.loadList()
    expect(await chats.open(LINK, alice)).toEqual({ as: 'mine', uri: URI })
    chats.forget()
    expect(await chats.open(URI, alice)).toEqual({ as: 'mine', uri: URI })
    expect(chats.states.get(URI)?.timeline.loaded).toBe(true)
  })

  it('whose link is closed, and one that bars the way, say so', async () => {
    answers['GET /api/chats/'] = () => ({ chats: [] })
    answers[`GET /api/chats/${URI}/`] = () => no('not_a_member')
    const { chats } = await scene()
    await expect(chats.open(URI, alice)).rejects.toMatchObject({ code: 'not_a_member' })
    answers[`GET /api/links/${LINK}/`] = () => no('banned')
    await expect(chats.open(LINK, alice)).rejects.toMatchObject({ code: 'banned' })
  })
})

describe('what one does', () => {
  it('to a message shows as soon as it is answered', async () => {
    answers[`PATCH /api/chats/${URI}/messages/103/`] = () =>
      message(3, alice, { message: 'x', edited_at: 'z' })
    answers[`DELETE /api/chats/${URI}/messages/102/`] = () => null
    const { chats } = await scene()
    await chats.loadList()
    await chats.open(URI, alice)
    await useActs().edit(URI, message(3, alice), 'x')
    await useActs().deleteMessage(URI, message(2, alice))
    const texts = chats.states
      .get(URI)
      ?.timeline.entries.flatMap((e) => (e.kind === 'message' ? [e.message.message] : []))
    expect(texts).toEqual([null, 'x'])
  })

  it('by a double click is done once, and the emoji is one path segment', async () => {
    answers[`PUT /api/chats/${URI}/messages/103/reactions/%E2%9D%A4%EF%B8%8F/`] = () => null
    await scene()
    await Promise.all([useActs().react(URI, message(3), '❤️'), useActs().react(URI, message(3), '❤️')])
    expect(calls.filter((call) => call.includes('reactions'))).toHaveLength(1)
    const mine = message(3, bob, { reactions: [{ emoji: '❤️', count: 1, users: [1], mine: true }] })
    await expect(useActs().react(URI, mine, '❤️')).rejects.toMatchObject({ code: 'chat_not_found' })
    expect(calls.at(-1)).toBe(`DELETE /api/chats/${URI}/messages/103/reactions/%E2%9D%A4%EF%B8%8F/`)
  })

  it('to the name shows at once; no name takes it away', async () => {
    answers[`PATCH /api/chats/${URI}/`] = () => chat(4, { name: 'Tea' })
    const { chats, its } = await scene()
    await chats.loadList()
    await useActs().rename(URI, 'Tea')
    expect(its()?.name).toBe('Tea')
    await useActs().rename(URI, '')
    expect(calls.at(-1)).toBe(`PATCH /api/chats/${URI}/ {"name":null}`)
  })
})
