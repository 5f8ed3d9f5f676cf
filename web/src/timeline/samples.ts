// People, chats and events for tests.

import type { Chat, EventFrame, History, Message, Seq, User } from '@/wire/types'

export const URI = 'abcDEF123_-xyz0'
export const AT = '2026-11-23T10:00:00.000000Z'

export const alice = person(1, 'alice')
export const bob = person(2, 'bob')
export const carol = person(3, 'carol')

export function person(id: number, username: string): User {
  return { id, username, first_name: '', last_name: '' }
}

/** A message's id is 100 more than its position. */
export function message(seq: Seq, user = bob, more: Partial<Message> = {}): Message {
  return { id: 100 + seq, seq, user, message: `m${seq}`, at: AT, ...more }
}

export function chat(seq: Seq, more: Partial<Chat> = {}): Chat {
  return {
    uri: URI,
    kind: 'group',
    name: null,
    link: URI,
    role: 'member',
    seq,
    read_seq: seq,
    unread: 0,
    mentions: 0,
    last_message: null,
    members: [alice, bob],
    member_count: 2,
    created_at: AT,
    active_at: AT,
    ...more,
  }
}

export function page(seq: Seq, messages: Message[], more: Partial<History> = {}): History {
  return { id: 1, uri: URI, seq, messages, ...more }
}

type Happening = EventFrame extends infer E
  ? E extends EventFrame
    ? Pick<E, 'kind' | 'data'>
    : never
  : never

export function event(seq: Seq, happening: Happening, at = AT): EventFrame {
  return { type: 'event', chat: URI, seq, at, ...happening }
}

export function said(seq: Seq, user = bob, more: Partial<Message> = {}): EventFrame {
  return event(seq, { kind: 'message.created', data: message(seq, user, more) })
}

export function edited(seq: Seq, of: Seq, text: string | null, mentions: User[] = [], at = AT): EventFrame {
  const names = mentions.map(({ id, username }) => ({ id, username }))
  return event(
    seq,
    { kind: 'message.edited', data: { id: 100 + of, of, message: text, mentions: names } },
    at,
  )
}

export function deleted(seq: Seq, of: Seq, by = bob): EventFrame {
  return event(seq, { kind: 'message.deleted', data: { id: 100 + of, of, by } })
}

export function reacted(seq: Seq, of: Seq, user: User, emoji = '👍', on = true): EventFrame {
  const kind = on ? 'reaction.added' : 'reaction.removed'
  return event(seq, { kind, data: { id: 100 + of, of, user, emoji } })
}

export function joined(seq: Seq, user: User, by?: User): EventFrame {
  return event(seq, { kind: 'member.joined', data: by ? { user, by } : { user } })
}

export function left(seq: Seq, user: User): EventFrame {
  return event(seq, { kind: 'member.left', data: { user } })
}

export function removed(seq: Seq, user: User, by: User, banned = false): EventFrame {
  return event(seq, { kind: 'member.removed', data: { user, by, banned } })
}

/** Of a kind that a newer server may have. */
export function unheardOf(seq: Seq): EventFrame {
  return { ...said(seq), kind: 'poll.opened', data: {} } as unknown as EventFrame
}
