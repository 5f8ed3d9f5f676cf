import type { Chat, EventFrame, Mention, Message, MessageId, User } from '@/wire/types'
import { isChange, messageAfter, type Change } from './changes'

/** What counts are capped at: "more than 99". */
export const MANY = 100

export interface Summary {
  chat: Chat
  /** The counts may be wrong: what the event is about is not known here. To be asked for. */
  doubtful: boolean
}

/**
 * The chat as the list shows it, after something happened. What it was told by HTTP may be newer than the event.
 *
 * @param find a message, if it is known here
 */
export function withEvent(
  { chat, doubtful }: Summary,
  event: EventFrame,
  self: User,
  find: (id: MessageId) => Message | undefined,
): Summary {
  if (event.seq <= chat.seq) return { chat, doubtful }
  const now = { ...chat, seq: event.seq }
  if (isChange(event)) {
    const last = chat.last_message
    const its = last && last.id === event.data.id ? { last_message: messageAfter(last, event, self) } : {}
    const counts = recounted(chat, event, self, its.last_message ? last : find(event.data.id))
    return { chat: { ...now, ...its, ...counts }, doubtful: doubtful || counts === null }
  }
  return { chat: after(now, event, self), doubtful }
}

function after(chat: Chat, event: EventFrame, self: User): Chat {
  switch (event.kind) {
    case 'message.created': {
      const said = { ...chat, last_message: event.data, active_at: event.at }
      if (event.data.user.id === self.id) return { ...said, read_seq: event.seq, unread: 0, mentions: 0 }
      if (event.data.message === null) return said
      return {
        ...said,
        unread: more(chat.unread),
        mentions: more(chat.mentions, mentioned(event.data.mentions, self)),
      }
    }
    case 'member.joined': {
      const { user } = event.data
      if (chat.members.some((member) => member.id === user.id)) return chat
      const members = [...chat.members, user]
      return { ...chat, members, member_count: chat.member_count + 1, active_at: event.at }
    }
    case 'member.left':
    case 'member.removed': {
      const { id } = event.data.user
      const members = chat.members.filter((member) => member.id !== id)
      return { ...chat, members, member_count: Math.max(members.length, chat.member_count - 1) }
    }
    case 'member.role': {
      const { user, role } = event.data
      if (user.id === self.id) return { ...chat, role }
      // There is one owner: who hands the chat over is an admin from here on.
      return role === 'owner' && chat.role === 'owner' ? { ...chat, role: 'admin' } : chat
    }
    case 'chat.renamed':
      return { ...chat, name: event.data.name }
    case 'chat.link':
      return { ...chat, link: event.data.link }
    default:
      return chat
  }
}

type Counts = Pick<Chat, 'unread' | 'mentions'>

/** What is unread after a message was changed; null if that can't be said here. */
function recounted(
  chat: Chat,
  change: Change,
  self: User,
  before: Message | null | undefined,
): Counts | Record<never, never> | null {
  if (change.kind === 'reaction.added' || change.kind === 'reaction.removed') return {}
  if (change.data.of <= chat.read_seq || chat.unread === 0) return {}
  const deleted = change.kind === 'message.deleted'
  // An edit without a text was read late: its deletion is on the way, or was counted already.
  if (!deleted && change.data.message === null) return null
  const namesMe = !deleted && mentioned(change.data.mentions, self)
  if (!deleted && !namesMe && chat.mentions === 0) return {}
  if (!before) return null
  if (before.message === null || before.user.id === self.id) return {}
  const mentions = more(less(chat.mentions, mentioned(before.mentions, self)), namesMe)
  return { unread: less(chat.unread, deleted), mentions }
}

function mentioned(mentions: readonly Mention[] | undefined, self: User): boolean {
  return mentions?.some(({ id }) => id === self.id) ?? false
}

function more(count: number, really = true): number {
  return really ? Math.min(MANY, count + 1) : count
}

/** One less than "more than 99" may still be that. */
function less(count: number, really = true): number {
  return really && count < MANY ? Math.max(0, count - 1) : count
}

/**
 * What HTTP says about a chat that is known already. The list has fewer members of it than are known, and one has read
 * further here than the server was told yet.
 */
export function withAnswer(known: Chat, answer: Chat): Chat {
  if (answer.seq < known.seq) return known
  const same = answer.seq === known.seq
  const chat =
    same && known.members.length > answer.members.length ? { ...answer, members: known.members } : answer
  if (chat.read_seq >= known.read_seq) return chat
  const { unread, mentions } = same ? known : readUpTo(known.read_seq, chat)
  return { ...chat, read_seq: known.read_seq, unread, mentions }
}

function readUpTo(seq: number, chat: Chat): Counts {
  return seq >= (chat.last_message?.seq ?? 0) ? { unread: 0, mentions: 0 } : chat
}
