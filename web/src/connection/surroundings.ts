import type {
  ChatUri,
  ClientId,
  ErrorCode,
  EventFrame,
  EventsPage,
  MessageId,
  Seq,
  ServerFrame,
} from '@/wire/types'
import type { Clock } from './clock'
import type { Outgoing } from './outbox'
import type { Screen } from './screen'

export type ReadyFrame = Extract<ServerFrame, { type: 'ready' }>

/** What is worth something only now, of the chat that one looks at. */
export type TransientFrame = Extract<ServerFrame, { type: 'typing' | 'read' | 'presence' }>

export type ConnectionState =
  | { name: 'idle' }
  | { name: 'connecting'; failures: number }
  | { name: 'live' }
  /** Between two tries. `retryAt` in milliseconds since 1970. */
  | { name: 'waiting'; failures: number; retryAt: number }
  /** The server will have nothing to do with this client; trying again does not help. */
  | { name: 'stopped'; code: number }
  | { name: 'signed-out' }

/** What of a browser's WebSocket is used. */
export interface Socket {
  onopen: (() => void) | null
  onmessage: ((message: { data: unknown }) => void) | null
  onclose: ((close: { code: number }) => void) | null
  send(text: string): void
  close(): void
}

export interface Surroundings {
  clock: Clock
  screen: Screen
  openSocket(): Socket
  /** A valid access token (a new one, if `fresh`), or null if one is signed out. Rejects when that can't be said now. */
  token(fresh: boolean): Promise<string | null>
  fetchEvents(chat: ChatUri, after: Seq): Promise<EventsPage>
}

export interface Listener {
  state(state: ConnectionState): void
  ready(frame: ReadyFrame): void
  /** For each chat in `seq` order, without gaps, each once. */
  events(events: EventFrame[]): void
  /** Too much was missed: the chat is to be loaded anew; events after `seq` follow here. */
  reset(chat: ChatUri, seq: Seq): void
  transient(frame: TransientFrame): void
  acknowledged(clientId: ClientId, chat: ChatUri, id: MessageId, seq: Seq): void
  /** Refused for good. */
  refused(message: Outgoing, code: ErrorCode, reason: string): void
}
