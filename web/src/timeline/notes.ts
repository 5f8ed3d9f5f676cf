import type { ChatLink, ChatName, EventFrame, Role, User } from '@/wire/types'
import { nameOf } from './names'

/** What happened in a chat besides what was said: a line between the messages. */
export type Note =
  | { kind: 'joined'; user: User; by?: User }
  | { kind: 'left'; user: User }
  | { kind: 'removed'; user: User; by: User; banned: boolean }
  | { kind: 'role'; user: User; by: User; role: Role }
  | { kind: 'renamed'; by: User; name: ChatName | null }
  | { kind: 'link'; by: User; link: ChatLink | null }

export function noteOf(event: EventFrame): Note | null {
  switch (event.kind) {
    case 'member.joined':
      return { kind: 'joined', ...event.data }
    case 'member.left':
      return { kind: 'left', ...event.data }
    case 'member.removed':
      return { kind: 'removed', ...event.data }
    case 'member.role':
      return { kind: 'role', ...event.data }
    case 'chat.renamed':
      return { kind: 'renamed', ...event.data }
    case 'chat.link':
      return { kind: 'link', ...event.data }
    default:
      return null
  }
}

/** In words. `first`: it is what the chat began with. */
export function noteText(note: Note, self: User, first: boolean): string {
  const subject = (user: User): string => (user.id === self.id ? 'You' : nameOf(user))
  const object = (user: User): string => (user.id === self.id ? 'you' : nameOf(user))
  switch (note.kind) {
    case 'joined':
      if (first) return `${subject(note.user)} started the chat`
      if (note.by && note.by.id !== note.user.id) return `${subject(note.by)} added ${object(note.user)}`
      return `${subject(note.user)} joined the chat`
    case 'left':
      return `${subject(note.user)} left the chat`
    case 'removed':
      return `${subject(note.by)} removed ${object(note.user)}`
    case 'role':
      if (note.by.id === note.user.id)
        return `${subject(note.user)} ${note.user.id === self.id ? 'are' : 'is'} now ${ROLES[note.role]}`
      return `${subject(note.by)} made ${object(note.user)} ${ROLES[note.role]}`
    case 'renamed':
      if (note.name === null) return `${subject(note.by)} took the chat’s name away`
      return `${subject(note.by)} named the chat “${note.name}”`
    case 'link':
      return `${subject(note.by)} ${note.link === null ? 'closed the chat’s link' : 'changed the chat’s link'}`
  }
}

const ROLES: Record<Role, string> = { member: 'a member', admin: 'an admin', owner: 'the owner' }
