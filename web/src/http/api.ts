import type {
  Ban,
  Bans,
  Chat,
  ChatCreated,
  ChatJoined,
  ChatLink,
  ChatList,
  ChatName,
  ChatUri,
  CreateChat,
  Emoji,
  EventsPage,
  History,
  Link,
  LinkPreview,
  Member,
  Members,
  Message,
  MessageId,
  MessageText,
  ReadMark,
  Role,
  SearchPage,
  Seq,
  UserId,
  Username,
} from '@/wire/types'
import { CallsAsOneself } from './as-oneself'

/** What one does with chats, as oneself. */
export class Api extends CallsAsOneself {
  myChats(before?: string): Promise<ChatList> {
    const query = before === undefined ? '' : `?before=${encodeURIComponent(before)}`
    return this.call({ method: 'GET', path: `/api/chats/${query}` })
  }

  startChat(body: CreateChat): Promise<ChatCreated> {
    return this.call({ method: 'POST', path: '/api/chats/', body })
  }

  chat(uri: ChatUri): Promise<Chat> {
    return this.call({ method: 'GET', path: chatPath(uri) })
  }

  preview(link: ChatLink): Promise<LinkPreview> {
    return this.call({ method: 'GET', path: `/api/links/${encodeURIComponent(link)}/` })
  }

  /** Oneself, by a link, or somebody else, by their name. */
  join(address: ChatUri | ChatLink, username: Username): Promise<ChatJoined> {
    return this.call({ method: 'PATCH', path: chatPath(address), body: { username } })
  }

  rename(uri: ChatUri, name: ChatName | null): Promise<Chat> {
    return this.call({ method: 'PATCH', path: chatPath(uri), body: { name } })
  }

  leave(uri: ChatUri): Promise<null> {
    return this.call({ method: 'DELETE', path: `${chatPath(uri)}members/me/` })
  }

  direct(username: Username): Promise<Chat> {
    return this.call({ method: 'POST', path: '/api/chats/direct/', body: { username } })
  }

  deleteChat(uri: ChatUri): Promise<null> {
    return this.call({ method: 'DELETE', path: chatPath(uri) })
  }

  /** A new link; the old one leads nowhere from then on. */
  newLink(uri: ChatUri): Promise<Link> {
    return this.call({ method: 'POST', path: `${chatPath(uri)}link/` })
  }

  closeLink(uri: ChatUri): Promise<Link> {
    return this.call({ method: 'DELETE', path: `${chatPath(uri)}link/` })
  }

  members(uri: ChatUri, after?: string): Promise<Members> {
    const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`
    return this.call({ method: 'GET', path: `${chatPath(uri)}members/?limit=100${query}` })
  }

  changeRole(uri: ChatUri, user: UserId, role: Role): Promise<Member> {
    return this.call({ method: 'PATCH', path: `${chatPath(uri)}members/${user}/`, body: { role } })
  }

  removeMember(uri: ChatUri, user: UserId): Promise<null> {
    return this.call({ method: 'DELETE', path: `${chatPath(uri)}members/${user}/` })
  }

  bans(uri: ChatUri): Promise<Bans> {
    return this.call({ method: 'GET', path: `${chatPath(uri)}bans/?limit=100` })
  }

  ban(uri: ChatUri, user: UserId): Promise<Ban> {
    return this.call({ method: 'PUT', path: `${chatPath(uri)}bans/${user}/` })
  }

  unban(uri: ChatUri, user: UserId): Promise<null> {
    return this.call({ method: 'DELETE', path: `${chatPath(uri)}bans/${user}/` })
  }

  read(uri: ChatUri, seq: Seq): Promise<ReadMark> {
    return this.call({ method: 'PUT', path: `${chatPath(uri)}read/`, body: { seq } })
  }

  /** The newest page, unless it says which: at most one of the three. */
  history(
    uri: ChatUri,
    { limit, ...which }: { limit: number; before?: Seq; after?: Seq; around?: Seq },
  ): Promise<History> {
    const query = Object.entries(which).map(([name, seq]) => `&${name}=${seq}`)
    return this.call({ method: 'GET', path: `${chatPath(uri)}messages/?limit=${limit}${query.join('')}` })
  }

  message(uri: ChatUri, id: MessageId): Promise<Message> {
    return this.call({ method: 'GET', path: messagePath(uri, id) })
  }

  /** In one chat, or in all of mine. */
  search(words: string, { chat, after = 0 }: { chat?: ChatUri; after?: number } = {}): Promise<SearchPage> {
    const query = new URLSearchParams({ q: words, after: String(after), ...(chat ? { chat } : {}) })
    return this.call({ method: 'GET', path: `/api/search/?${query.toString()}` })
  }

  edit(uri: ChatUri, id: MessageId, message: MessageText): Promise<Message> {
    return this.call({ method: 'PATCH', path: messagePath(uri, id), body: { message } })
  }

  deleteMessage(uri: ChatUri, id: MessageId): Promise<null> {
    return this.call({ method: 'DELETE', path: messagePath(uri, id) })
  }

  /** Puts one's emoji under a message, or takes it back. */
  react(uri: ChatUri, id: MessageId, emoji: Emoji, on: boolean): Promise<null> {
    const path = `${messagePath(uri, id)}reactions/${encodeURIComponent(emoji)}/`
    return this.call({ method: on ? 'PUT' : 'DELETE', path })
  }

  events(uri: ChatUri, after: Seq): Promise<EventsPage> {
    return this.call({ method: 'GET', path: `${chatPath(uri)}events/?after=${after}` })
  }
}

function chatPath(address: ChatUri | ChatLink): string {
  return `/api/chats/${encodeURIComponent(address)}/`
}

function messagePath(uri: ChatUri, id: MessageId): string {
  return `${chatPath(uri)}messages/${id}/`
}
