import { t } from '@/i18n'
import type { ChatUri, EventFrame, Seq, User, UserId } from '@/wire/types'
import { nameOf } from './names'

/** How one came to be in a chat no longer. */
export interface Departure {
  /** `gone`: it happened while nobody listened, and nobody says how. */
  why: 'left' | 'removed' | 'banned' | 'deleted' | 'gone'
  by?: User
  /** What is known of the chat from before this is not true any more. */
  seq: Seq
}

/** What this event ends for somebody; null if they go on to be in the chat. */
export function departureOf(event: EventFrame, self: UserId): Departure | null {
  const { seq } = event
  switch (event.kind) {
    case 'member.left':
      return event.data.user.id === self ? { why: 'left', seq } : null
    case 'member.removed': {
      const { user, by, banned } = event.data
      return user.id === self ? { why: banned ? 'banned' : 'removed', by, seq } : null
    }
    case 'chat.deleted':
      return { why: 'deleted', by: event.data.by, seq }
    default:
      return null
  }
}

/** In a sentence; `chat` names it for somebody who may be doing something else right now. */
export function departureText({ why, by }: Departure, self: UserId, chat?: string): string {
  const where = chat === undefined ? 'here' : 'named'
  const values = { chat, who: by ? nameOf(by) : t('general.somebody') }
  switch (why) {
    case 'left':
      return t(`notes.gone.${where}.left`, values)
    case 'removed':
    case 'banned':
      return t(`notes.gone.${where}.removed`, values)
    case 'deleted':
      return t(by?.id === self ? `notes.gone.${where}.deletedByYou` : `notes.gone.${where}.deleted`, values)
    case 'gone':
      return t(`notes.gone.${where}.unknown`, values)
  }
}

export function byChat(events: readonly EventFrame[]): Map<ChatUri, EventFrame[]> {
  const groups = new Map<ChatUri, EventFrame[]>()
  for (const event of events) {
    const group = groups.get(event.chat)
    if (group) group.push(event)
    else groups.set(event.chat, [event])
  }
  return groups
}
