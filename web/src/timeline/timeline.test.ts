import { describe, expect, it } from 'vitest'
import type { EventFrame, Message, User } from '@/wire/types'
import { initialsOf, titleOf } from './names'
import { noteText } from './notes'
import { rowsOf } from './rows'
import { dayText } from './time'
import {
  emptyTimeline,
  withEvents,
  withHistory,
  withPending,
  withPendingState,
  type Timeline,
} from './timeline'

const alice: User = { id: 1, username: 'alice', first_name: '', last_name: '' }
const bob: User = { id: 2, username: 'bob', first_name: '', last_name: '' }
const at = (minute: number, day = 23): string =>
  new Date(2026, 10, day, 10, minute).toISOString().replace('Z', '000Z')

const said = (seq: number, user = bob, minute = 0, client_id?: string): Message => ({
  id: 100 + seq,
  seq,
  user,
  message: `m${seq}`,
  at: at(minute),
  ...(client_id ? { client_id } : {}),
})
const event = (message: Message): EventFrame => ({
  type: 'event',
  chat: 'abcDEF123_-xyz0',
  seq: message.seq,
  at: message.at,
  kind: 'message.created',
  data: message,
})
const page = (messages: Message[], next?: number) => ({
  id: 1,
  uri: 'abcDEF123_-xyz0',
  seq: 99,
  messages,
  ...(next ? { next } : {}),
})
const seqs = (timeline: Timeline) => timeline.entries.map((entry) => entry.seq)

describe('a timeline', () => {
  it('is the same whether events come before, after or within the history', () => {
    const live = withEvents(emptyTimeline, [event(said(3)), event(said(4))], alice)
    const both = withHistory(live, page([said(1), said(2), said(3)]), alice)
    expect(seqs(both)).toEqual([1, 2, 3, 4])
    expect(seqs(withEvents(both, [event(said(4)), event(said(5))], alice))).toEqual([1, 2, 3, 4, 5])
  })

  it('grows upwards by older pages until there are none', () => {
    const newest = withHistory(emptyTimeline, page([said(5), said(6)], 5), alice)
    expect(newest.older).toBe(5)
    const all = withHistory(newest, page([said(3), said(4)]), alice)
    expect(seqs(all)).toEqual([3, 4, 5, 6])
    expect(all.older).toBeUndefined()
  })

  it('shows one’s own message once, under one key, while it is sent, acknowledged and come back', () => {
    const pending = withPending(
      emptyTimeline,
      { clientId: 'c', text: 'm1', at: at(0), state: 'sending' },
      alice,
    )
    const key = rowsOf(pending, alice).at(-1)?.key
    const sent = withPendingState(pending, 'c', { state: 'sent' })
    const back = withEvents(sent, [event(said(1, alice, 0, 'c'))], alice)
    expect(back.pending).toEqual([])
    const rows = rowsOf(back, alice).filter((row) => row.kind === 'said')
    expect(rows.map((row) => row.key)).toEqual([key])
    expect(withHistory(sent, page([said(1, alice, 0, 'c')]), alice).pending).toEqual([])
  })

  it('keeps one’s own pending message when somebody else used the same client_id', () => {
    const pending = withPending(
      emptyTimeline,
      { clientId: 'c', text: 'mine', at: at(0), state: 'sending' },
      alice,
    )
    const both = withEvents(pending, [event(said(1, bob, 0, 'c'))], alice)
    expect(rowsOf(both, alice).filter((row) => row.kind === 'said')).toHaveLength(2)
  })
})

describe('rows', () => {
  it('group what one person says in a row, but not over a pause or another day', () => {
    const timeline = withHistory(
      emptyTimeline,
      page([said(1), said(2, bob, 1), said(3, alice, 2), said(4, bob, 3), said(5, bob, 30)]),
      alice,
    )
    const shape = rowsOf(timeline, alice).map((row) =>
      row.kind === 'said'
        ? `${row.own ? 'own' : 'other'}${row.first ? ' first' : ''}${row.last ? ' last' : ''}`
        : row.kind,
    )
    expect(shape).toEqual([
      'day',
      'other first',
      'other last',
      'own first last',
      'other first last',
      'other first last',
    ])
  })
})

describe('times', () => {
  it('stand at the head of a group, and not twice', () => {
    const timeline = withHistory(
      emptyTimeline,
      page([said(1), said(2, alice, 0), said(3, bob, 1), said(4, bob, 2), said(5, alice, 3)]),
      alice,
    )
    const times = rowsOf(timeline, alice).flatMap((row) => (row.kind === 'said' ? [row.time !== null] : []))
    expect(times).toEqual([true, false, true, false, true])
  })
})

describe('what is answered', () => {
  const quotes = (timeline: Timeline) =>
    rowsOf(timeline, alice).flatMap((row) => (row.kind === 'said' && row.quote ? row.quote : []))

  it('is quoted from the messages here, from what came with the page, or not known', () => {
    const timeline = withHistory(
      emptyTimeline,
      {
        ...page(
          [
            said(5),
            { ...said(6), reply_to: 105 },
            { ...said(7), reply_to: 102 },
            { ...said(8), reply_to: 101 },
          ],
          5,
        ),
        answered: [said(2)],
      },
      alice,
    )
    expect(quotes(timeline)).toMatchObject([
      { id: 105, here: true, message: { message: 'm5' } },
      { id: 102, here: false, message: { message: 'm2' } },
      { id: 101, here: false, message: null },
    ])
    const older = withHistory(timeline, page([said(1), said(2)]), alice)
    expect(quotes(older).map((quote) => quote.here)).toEqual([true, true, true])
  })

  it('stands above what one is sending, and no longer above what was deleted', () => {
    const known = withHistory(
      emptyTimeline,
      page([said(5), { ...said(6), reply_to: 105, message: null }]),
      alice,
    )
    const pending = { clientId: 'c', text: 'hi', at: at(9), state: 'sending', replyTo: 105 } as const
    expect(quotes(withPending(known, pending, alice))).toMatchObject([{ id: 105, here: true }])
  })
})

describe('what else happened', () => {
  const by = bob
  const carol = { ...bob, id: 3, username: 'carol' }
  it.each([
    [{ kind: 'joined', user: bob }, 'bob joined the chat'],
    [{ kind: 'joined', user: alice, by }, 'bob added you'],
    [{ kind: 'joined', user: carol, by: alice }, 'You added carol'],
    [{ kind: 'left', user: alice }, 'You left the chat'],
    [{ kind: 'removed', user: carol, by, banned: true }, 'bob removed carol'],
    [{ kind: 'role', user: alice, by, role: 'admin' }, 'bob made you an admin'],
    [{ kind: 'role', user: bob, by, role: 'owner' }, 'bob is now the owner'],
    [{ kind: 'renamed', by: alice, name: 'Tea' }, 'You named the chat “Tea”'],
    [{ kind: 'renamed', by, name: null }, 'bob took the chat’s name away'],
    [{ kind: 'link', by, link: null }, 'bob closed the chat’s link'],
  ] as const)('is told in words: %j', (note, text) => expect(noteText(note, alice, false)).toBe(text))

  it('began with whoever started it', () => {
    expect(noteText({ kind: 'joined', user: alice }, alice, true)).toBe('You started the chat')
  })
})

describe('what people read', () => {
  it('names a chat after the others in it', () => {
    const members = [alice, bob]
    expect(titleOf({ name: null, members, member_count: 2 }, alice)).toBe('bob')
    expect(titleOf({ name: null, members: [alice], member_count: 1 }, alice)).toBe('New chat')
    const many = Array.from({ length: 6 }, (_, id) => ({ ...bob, id: id + 1, username: `user${id}` }))
    expect(titleOf({ name: null, members: many, member_count: 40 }, alice)).toBe('user1, user2 and 37 more')
    expect(titleOf({ name: 'Tea', members, member_count: 2 }, alice)).toBe('Tea')
    const preview = { name: null, members: many.slice(1, 6), member_count: 5 }
    expect(titleOf(preview, alice, false)).toBe('user1, user2 and 3 more')
  })

  it('makes initials of any alphabet', () => {
    expect(initialsOf({ ...bob, username: 'ana-maria.lopez' })).toBe('AL')
    expect(initialsOf({ ...bob, username: 'élodie' })).toBe('É')
    expect(initialsOf({ ...bob, username: '...' })).toBe('?')
  })

  it('calls days by the name they have today', () => {
    const now = new Date(2026, 10, 23, 9)
    expect(dayText(at(0, 23), now)).toBe('Today')
    expect(dayText(at(0, 22), now)).toBe('Yesterday')
  })
})
