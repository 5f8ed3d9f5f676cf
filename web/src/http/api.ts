import type { Session } from '@/session/session'
import type {
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
  LinkPreview,
  Message,
  MessageId,
  MessageText,
  ReadMark,
  Seq,
  Username,
} from '@/wire/types'
import { Refused, request, type Call } from './request'

/** The calls one makes as oneself. A token that has just ended is renewed, once, and the call repeated. */
export class Api {
  constructor(private readonly session: Session) {}

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

  read(uri: ChatUri, seq: Seq): Promise<ReadMark> {
    return this.call({ method: 'PUT', path: `${chatPath(uri)}read/`, body: { seq } })
  }

  history(uri: ChatUri, page: { before?: Seq; limit: number }): Promise<History> {
    const query = page.before === undefined ? '' : `&before=${page.before}`
    return this.call({ method: 'GET', path: `${chatPath(uri)}messages/?limit=${page.limit}${query}` })
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

  private async call<T>(call: Call): Promise<T> {
    const token = await this.session.token()
    try {
      return await request<T>({ ...call, token })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (error.code === 'session_revoked') this.session.ended()
      if (error.code !== 'token_expired' && error.code !== 'token_invalid') throw error
      return request<T>({ ...call, token: await this.session.renewed(token) })
    }
  }
}

function chatPath(address: ChatUri | ChatLink): string {
  return `/api/chats/${encodeURIComponent(address)}/`
}

function messagePath(uri: ChatUri, id: MessageId): string {
  return `${chatPath(uri)}messages/${id}/`
}
