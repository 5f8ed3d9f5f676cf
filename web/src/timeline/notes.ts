import { t } from '@/i18n'
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
  const mine = (user: User): boolean => user.id === self.id
  switch (note.kind) {
    case 'joined': {
      const { user, by } = note
      const who = nameOf(user)
      if (first) return mine(user) ? t('notes.startedByYou') : t('notes.started', { who })
      if (!by || by.id === user.id) return mine(user) ? t('notes.joinedYou') : t('notes.joined', { who })
      if (mine(by)) return t('notes.addedByYou', { who })
      return t(mine(user) ? 'notes.addedYou' : 'notes.added', { by: nameOf(by), who })
    }
    case 'left':
      return mine(note.user) ? t('notes.leftYou') : t('notes.left', { who: nameOf(note.user) })
    case 'removed': {
      const names = { by: nameOf(note.by), who: nameOf(note.user) }
      if (mine(note.by)) return t('notes.removedByYou', names)
      return t(mine(note.user) ? 'notes.removedYou' : 'notes.removed', names)
    }
    case 'role': {
      const { user, by, role } = note
      const names = { by: nameOf(by), who: nameOf(user) }
      if (by.id === user.id) return t(mine(user) ? `notes.becameYou.${role}` : `notes.became.${role}`, names)
      if (mine(by)) return t(`notes.roleByYou.${role}`, names)
      return t(mine(user) ? `notes.roleYou.${role}` : `notes.role.${role}`, names)
    }
    case 'renamed': {
      const { by, name } = note
      if (name === null) return t(mine(by) ? 'notes.unnamedByYou' : 'notes.unnamed', { by: nameOf(by) })
      return t(mine(by) ? 'notes.renamedByYou' : 'notes.renamed', { by: nameOf(by), name })
    }
    case 'link': {
      const by = nameOf(note.by)
      if (note.link === null) return t(mine(note.by) ? 'notes.linkClosedByYou' : 'notes.linkClosed', { by })
      return t(mine(note.by) ? 'notes.linkChangedByYou' : 'notes.linkChanged', { by })
    }
  }
}
