import { listText, t } from '@/i18n'
import type { Chat, User } from '@/wire/types'

export function nameOf(user: User): string {
  return `${user.first_name} ${user.last_name}`.trim() || user.username
}

/** One or two letters that stand for a person. */
export function initialsOf(user: User): string {
  const words = nameOf(user)
    .split(/[\s._+@-]+/u)
    .filter(Boolean)
  const letters = (words.length > 1 ? [words[0], words.at(-1)] : words).map(
    (word) => [...(word ?? '')][0] ?? '',
  )
  return (letters.join('') || '?').toLocaleUpperCase()
}

/** What a chat is called where nobody named it: the others in it. `inside`: one is among its members. */
export function titleOf(
  chat: Pick<Chat, 'name' | 'members' | 'member_count'>,
  self: User,
  inside = true,
): string {
  if (chat.name !== null) return chat.name
  const others = chat.members.filter((member) => member.id !== self.id)
  if (others.length === 0) return t('chats.newChat')
  const shown = others.slice(0, others.length > 3 ? 2 : 3).map(nameOf)
  const more = chat.member_count - (inside ? 1 : 0) - shown.length
  if (more > 0) return t('chats.and', { names: shown.join(', '), more: t('general.more', { n: more }) })
  return listText(shown)
}

/** How many avatar colours styles/tokens.css has. */
export const TONES = 10

/** Always the same one for the same person, and different ones for people who signed up one after the other. */
export function toneOf(user: User): number {
  return (user.id * 7) % TONES
}
