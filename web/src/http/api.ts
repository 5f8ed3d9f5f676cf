import type { Session } from '@/session/session'
import type {
  Chat,
  ChatCreated,
  ChatJoined,
  ChatList,
  ChatUri,
  CreateChat,
  EventsPage,
  History,
  JoinChat,
  Seq,
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

  join(uri: ChatUri, body: JoinChat): Promise<ChatJoined> {
    return this.call({ method: 'PATCH', path: chatPath(uri), body })
  }

  history(uri: ChatUri, page: { before?: Seq; limit: number }): Promise<History> {
    const query = page.before === undefined ? '' : `&before=${page.before}`
    return this.call({ method: 'GET', path: `${chatPath(uri)}messages/?limit=${page.limit}${query}` })
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

function chatPath(uri: ChatUri): string {
  return `/api/chats/${encodeURIComponent(uri)}/`
}
