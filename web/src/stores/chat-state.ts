import { Refused } from '@/http/request'
import type { Timeline } from '@/timeline/timeline'
import type { Chat, Seq } from '@/wire/types'

/** What is known of a chat that one is in. */
export interface ChatState {
  chat: Chat
  timeline: Timeline
  /** Events are kept only of chats that one has opened; of the others the list is enough. */
  opened: boolean
}

/** The message that stood at the top of the screen, and how far above its edge it began. */
export interface ReadingPlace {
  seq: Seq
  above: number
}

/** The server's way to say that one is not in a chat. */
export function isGone(error: unknown): boolean {
  return error instanceof Refused && (error.code === 'not_a_member' || error.code === 'chat_not_found')
}
