import type { ErrorCode } from '@/wire/types'
import { Refused } from './request'

/** What one tried to do: the same "no" has another reason for each. */
export type Attempt = 'joining' | 'inviting'

const JOINING: Partial<Record<ErrorCode, string>> = {
  chat_not_found: 'The link may be incomplete, or the chat is no longer there. Ask for a new link.',
  link_closed: 'This link doesn’t work any more. Ask somebody in the chat to add you, or for a new link.',
  not_a_member: 'This link doesn’t work any more. Ask somebody in the chat to add you, or for a new link.',
  banned: 'You were removed from this chat and can’t come back. Only its admins can change that.',
  direct_chat: 'This is a chat between two people: nobody else can join.',
}

const INVITING: Partial<Record<ErrorCode, string>> = {
  user_not_found: 'Nobody has this username.',
  banned: 'They were removed from this chat and can’t come back. Only its admins can change that.',
  direct_chat: 'This is a chat between two people: nobody else can join.',
}

const ANYWHERE: Partial<Record<ErrorCode, string>> = {
  not_a_member: 'You are no longer in this chat.',
  chat_not_found: 'This chat is no longer there.',
  forbidden: 'You may not do that here.',
  direct_chat: 'That is not possible in a chat between two people.',
  message_not_found: 'This message is no longer there.',
}

/** Why something did not work, for the person who tried. */
export function sentenceOf(error: unknown, attempt?: Attempt): string {
  if (error instanceof Refused) {
    const special = attempt === 'joining' ? JOINING : attempt === 'inviting' ? INVITING : {}
    return special[error.code] ?? ANYWHERE[error.code] ?? error.fields[0]?.message ?? error.message
  }
  return error instanceof Error ? error.message : 'That did not work.'
}
