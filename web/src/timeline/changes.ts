import type { EventFrame, Message, Reaction, Seq, User } from '@/wire/types'

/** A message, and how much of what happened to it is in it. */
export interface Known {
  message: Message
  /** Events up to here are in it; what a page of history says is newer than what events said before that. */
  upTo: Seq
}

/** Something that happened to a message that was there already. */
export type Change = Extract<
  EventFrame,
  { kind: 'message.edited' | 'message.deleted' | 'reaction.added' | 'reaction.removed' }
>

/** The server names no more people than this under one emoji. */
const MOST_NAMED = 10

export function isChange(event: EventFrame): event is Change {
  switch (event.kind) {
    case 'message.edited':
    case 'message.deleted':
    case 'reaction.added':
    case 'reaction.removed':
      return true
    default:
      return false
  }
}

/** The message after the change; as it is, if the change is in it already. */
export function changed(known: Known, change: Change, self: User): Known {
  if (change.seq <= known.upTo) return known
  return { message: messageAfter(known.message, change, self), upTo: change.seq }
}

export function messageAfter(message: Message, change: Change, self: User): Message {
  switch (change.kind) {
    case 'message.edited': {
      const { message: text, mentions } = change.data
      return text === null ? emptied(message) : { ...message, message: text, mentions, edited_at: change.at }
    }
    case 'message.deleted':
      return { ...emptied(message), deleted_at: change.at }
    case 'reaction.added':
    case 'reaction.removed':
      return { ...message, reactions: reactionsAfter(message.reactions ?? [], change, self) }
  }
}

/** Its place stays, what it said does not. */
export function emptied(message: Message): Message {
  const { id, seq, user, at, client_id, reply_to, deleted_at } = message
  return {
    id,
    seq,
    user,
    message: null,
    at,
    ...(client_id === undefined ? {} : { client_id }),
    ...(reply_to === undefined ? {} : { reply_to }),
    ...(deleted_at === undefined ? {} : { deleted_at }),
  }
}

type Reacted = Extract<Change, { kind: 'reaction.added' | 'reaction.removed' }>

/** A page of history may be a little ahead of what it says: a reaction that is in it already is not counted again. */
function reactionsAfter(reactions: Reaction[], change: Reacted, self: User): Reaction[] {
  const { emoji, user } = change.data
  const mine = user.id === self.id
  const known = reactions.find((reaction) => reaction.emoji === emoji)
  const there = known && (known.users.includes(user.id) || (mine && known.mine))
  if (change.kind === 'reaction.added') {
    if (!known) return [...reactions, { emoji, count: 1, users: [user.id], mine }]
    if (there) return reactions
    const users = [...known.users, user.id].slice(0, MOST_NAMED)
    return replaced(reactions, { ...known, count: known.count + 1, users, mine: known.mine || mine })
  }
  // Somebody who is not named may be one of those beyond the first.
  if (!known || (!there && (mine || known.count <= known.users.length))) return reactions
  return replaced(reactions, {
    ...known,
    count: known.count - 1,
    users: known.users.filter((id) => id !== user.id),
    mine: known.mine && !mine,
  })
}

function replaced(reactions: Reaction[], by: Reaction): Reaction[] {
  return reactions.flatMap((reaction) => {
    if (reaction.emoji !== by.emoji) return reaction
    return by.count > 0 ? by : []
  })
}
