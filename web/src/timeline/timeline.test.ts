import { describe, expect, it } from 'vitest'
import type { EventFrame, Message, User } from '@/wire/types'
import { isOnlyEmoji, withLinks } from './links'
import { initialsOf, titleOf } from './names'
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
    const pending = withPending(emptyTimeline, { clientId: 'c', text: 'm1', at: at(0), state: 'sending' })
    const key = rowsOf(pending, alice).at(-1)?.key
    const sent = withPendingState(pending, 'c', { state: 'sent' })
    const back = withEvents(sent, [event(said(1, alice, 0, 'c'))], alice)
    expect(back.pending).toEqual([])
    const rows = rowsOf(back, alice).filter((row) => row.kind === 'said')
    expect(rows.map((row) => row.key)).toEqual([key])
    expect(withHistory(sent, page([said(1, alice, 0, 'c')]), alice).pending).toEqual([])
  })

  it('keeps one’s own pending message when somebody else used the same client_id', () => {
    const pending = withPending(emptyTimeline, { clientId: 'c', text: 'mine', at: at(0), state: 'sending' })
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

describe('links', () => {
  const hrefs = (text: string) => withLinks(text).flatMap((part) => part.href ?? [])

  it('are found without the punctuation around them', () => {
    expect(hrefs('See (https://example.org/a_(b)), or http://example.org/?q=1.')).toEqual([
      'https://example.org/a_(b)',
      'http://example.org/?q=1',
    ])
    const text = 'a https://example.org b'
    expect(
      withLinks(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  })

  it('are never anything but http and https', () => {
    expect(
      hrefs('javascript:alert(1) data:text/html,x file:///etc/passwd https:// ftp://example.org'),
    ).toEqual([])
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

  it('shows a few emoji large, and nothing else', () => {
    expect(isOnlyEmoji('🎉')).toBe(true)
    expect(isOnlyEmoji('👩‍💻 👍🏽')).toBe(true)
    expect(isOnlyEmoji('1')).toBe(false)
    expect(isOnlyEmoji('🎉 yes')).toBe(false)
  })
})
