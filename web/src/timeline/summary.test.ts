import { describe, expect, it } from 'vitest'
import type { Chat, EventFrame, Message } from '@/wire/types'
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
  reacted,
  removed,
  said,
  unheardOf,
  URI,
} from './samples'
import { withAnswer, withEvent } from './summary'

const told = (before: Chat, events: EventFrame[], known: Message[] = []) =>
  events.reduce(
    (summary, event) => withEvent(summary, event, alice, (id) => known.find((its) => its.id === id)),
    { chat: before, doubtful: false },
  )
const after = (before: Chat, ...events: EventFrame[]): Chat => told(before, events).chat
const me = { mentions: [{ id: alice.id, username: 'alice' }] }

describe('a chat in the list', () => {
  it('counts the messages of others, and those that name oneself', () => {
    const now = after(chat(3), said(4), said(5, carol, me), joined(6, carol))
    expect(now).toMatchObject({ seq: 6, unread: 2, mentions: 1, last_message: { seq: 5 } })
  })

  it('has nothing unread once one has said something', () => {
    expect(after(chat(3), said(4), said(5, carol, me), said(6, alice))).toMatchObject({
      read_seq: 6,
      unread: 0,
      mentions: 0,
    })
  })

  it('stops counting at "more than 99", and does not come down from there by itself', () => {
    const many = after(chat(3, { unread: 99, read_seq: 1 }), said(4), said(5))
    expect(many.unread).toBe(100)
    expect(told(many, [deleted(6, 5)]).chat.unread).toBe(100)
  })

  it('does not count a deleted message, and no longer one that is deleted before it is read', () => {
    expect(after(chat(3), said(4, bob, { message: null })).unread).toBe(0)
    const before = chat(5, { read_seq: 3, unread: 2, mentions: 1 })
    const known = [message(4, bob, me), message(5)]
    expect(told(before, [deleted(6, 4)], known).chat).toMatchObject({ unread: 1, mentions: 0 })
    expect(told(before, [deleted(6, 4), deleted(7, 5)], known).doubtful).toBe(false)
  })

  it('is in doubt when it does not know what was deleted; not when that was read, or is the newest', () => {
    const before = chat(9, { read_seq: 3, unread: 2, last_message: message(9) })
    expect(told(before, [deleted(10, 5)]).doubtful).toBe(true)
    expect(told(before, [deleted(10, 2)])).toMatchObject({ doubtful: false, chat: { unread: 2 } })
    expect(told(before, [deleted(10, 9)])).toMatchObject({ doubtful: false, chat: { unread: 1 } })
  })

  it('counts who is named by an edit, and who is named no longer', () => {
    const before = chat(4, { read_seq: 3, unread: 1, last_message: message(4) })
    const named = told(before, [edited(5, 4, '@alice', [alice])]).chat
    expect(named).toMatchObject({ unread: 1, mentions: 1 })
    expect(told(named, [edited(6, 4, 'never mind')]).chat).toMatchObject({ unread: 1, mentions: 0 })
    expect(told(before, [edited(5, 2, 'old')]).doubtful).toBe(false)
  })

  it('shows the newest message as it is now', () => {
    const before = chat(4, { last_message: message(4) })
    expect(after(before, edited(5, 4, 'better')).last_message?.message).toBe('better')
    expect(after(before, deleted(5, 4)).last_message).toMatchObject({ id: 104, message: null })
    expect(after(before, edited(5, 3, 'other')).last_message?.message).toBe('m4')
  })

  it('knows who is in it, its name, its link and what one may do', () => {
    const grown = after(chat(3), joined(4, carol, bob), joined(5, carol))
    expect(grown).toMatchObject({ member_count: 3, members: [alice, bob, carol] })
    expect(after(grown, left(6, bob))).toMatchObject({ member_count: 2, members: [alice, carol] })
    expect(after(grown, removed(6, carol, bob)).members).toEqual([alice, bob])
    expect(after(chat(3), event(4, { kind: 'chat.renamed', data: { name: 'Tea', by: bob } })).name).toBe(
      'Tea',
    )
    expect(after(chat(3), event(4, { kind: 'chat.link', data: { link: null, by: bob } })).link).toBeNull()
    const owned = after(
      chat(3),
      event(4, { kind: 'member.role', data: { user: alice, role: 'owner', by: bob } }),
    )
    expect(owned.role).toBe('owner')
    const handed = event(5, { kind: 'member.role', data: { user: bob, role: 'owner', by: alice } })
    expect(after(owned, handed).role).toBe('admin')
  })

  it('counts a member it does not know by name', () => {
    const large = chat(3, { member_count: 40 })
    expect(after(large, left(4, carol))).toMatchObject({ member_count: 39, members: [alice, bob] })
  })

  it('moves on over kinds that nobody knows here, and over reactions', () => {
    expect(after(chat(3), unheardOf(4), reacted(5, 2, bob))).toEqual(chat(5, { read_seq: 3 }))
  })

  it('takes each event once, and none that HTTP has told already', () => {
    const read = chat(5, { read_seq: 3, unread: 2 })
    expect(after(read, said(4), said(5))).toBe(read)
    expect(after(read, said(6), said(6)).unread).toBe(3)
  })
})

describe('what HTTP says about a known chat', () => {
  it('is taken when it is as new or newer', () => {
    expect(withAnswer(chat(5), chat(4, { name: 'old' }))).toEqual(chat(5))
    expect(withAnswer(chat(5), chat(5, { name: 'new' })).name).toBe('new')
  })

  it('does not forget members that the list leaves out', () => {
    const known = chat(5, { members: [alice, bob, carol], member_count: 3 })
    expect(withAnswer(known, chat(5, { member_count: 3 })).members).toHaveLength(3)
    expect(withAnswer(known, chat(6)).members).toHaveLength(2)
  })

  it('does not bring back what one has read here a moment ago', () => {
    const known = chat(5, { read_seq: 5 })
    const late = { read_seq: 2, unread: 3, last_message: message(5) }
    expect(withAnswer(known, chat(5, late))).toMatchObject({ read_seq: 5, unread: 0 })
    expect(withAnswer(known, chat(6, late))).toMatchObject({ read_seq: 5, unread: 0, uri: URI })
    const more = withAnswer(known, chat(6, { ...late, unread: 4, last_message: message(6) }))
    expect(more).toMatchObject({ read_seq: 5, unread: 4 })
  })
})
