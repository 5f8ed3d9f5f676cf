import { vi } from 'vitest'
import type {
  ChatUri,
  ClientFrame,
  ErrorCode,
  EventFrame,
  EventsPage,
  Incoming,
  MessageId,
  Seq,
  User,
} from '@/wire/types'
import { Connection } from './connection'
import type { Outgoing } from './outbox'
import type { ConnectionState, Listener, Socket, TransientFrame } from './surroundings'

export const CHAT: ChatUri = 'abcDEF123_-xyz0'
export const HEARTBEAT_MS = 25_000

export const alice: User = { id: 1, username: 'alice', first_name: '', last_name: '' }
export const bob: User = { id: 2, username: 'bob', first_name: '', last_name: '' }

export function said(seq: Seq, text = `message ${seq}`, user = bob, clientId?: string): EventFrame {
  const at = '2026-11-23T10:00:00.000000Z'
  const data = { id: 1000 + seq, seq, user, message: text, at, ...(clientId ? { client_id: clientId } : {}) }
  return { type: 'event', chat: CHAT, seq, at, kind: 'message.created', data }
}

/** One connection as the server has it. */
export class ScriptedSocket implements Socket {
  onopen: (() => void) | null = null
  onmessage: ((message: { data: unknown }) => void) | null = null
  onclose: ((close: { code: number }) => void) | null = null
  readonly got: ClientFrame[] = []
  closedByClient = false

  send(text: string): void {
    this.got.push(JSON.parse(text) as ClientFrame)
  }

  close(): void {
    this.closedByClient = true
  }

  says(...frames: Incoming[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) })
  }

  opens(): void {
    this.onopen?.()
  }

  /** Accepts the client's hello; its chat stands at `seq`. */
  welcomes(seq: Seq = 0): void {
    this.opens()
    this.says({
      type: 'ready',
      user: alice,
      session: 's',
      heartbeat_ms: HEARTBEAT_MS,
      chats: [{ uri: CHAT, name: null, seq, read_seq: 0 }],
    })
  }

  closes(code: number): void {
    this.onclose?.({ code })
  }

  last<T extends ClientFrame['type']>(type: T): Extract<ClientFrame, { type: T }> | undefined {
    return this.got.findLast((frame) => frame.type === type) as Extract<ClientFrame, { type: T }> | undefined
  }

  sent(): string[] {
    return this.got.flatMap((frame) => (frame.type === 'send' ? [frame.client_id] : []))
  }
}

/** A client under vitest's fake timers, and everything that its server and its listener saw. */
export class Scene {
  readonly sockets: ScriptedSocket[] = []
  readonly states: ConnectionState[] = []
  readonly events: EventFrame[] = []
  readonly batches: number[] = []
  /** When each of them came. */
  readonly batchesAt: number[] = []
  /** Events and resets, as they came. */
  readonly order: ('event' | 'reset')[] = []
  readonly resets: { chat: ChatUri; seq: Seq }[] = []
  readonly transients: TransientFrame[] = []
  readonly acks: { clientId: string; id: MessageId }[] = []
  readonly refusals: { message: Outgoing; code: ErrorCode }[] = []
  readonly token = vi.fn<(fresh: boolean) => Promise<string | null>>(async () => 'token')
  readonly fetchEvents = vi.fn<(chat: ChatUri, after: Seq) => Promise<EventsPage>>(async () => ({
    seq: 0,
    events: [],
    more: false,
  }))
  random = 0.5
  /** Nobody looks at the page. */
  unseen = false
  /** What waits for the next frame, where frames are rare. */
  frames: (() => void)[] | null = null
  readonly connection: Connection

  constructor() {
    const listener: Listener = {
      state: (state) => this.states.push(state),
      ready: () => undefined,
      events: (events) => {
        this.events.push(...events)
        this.batches.push(events.length)
        this.batchesAt.push(Date.now())
        this.order.push(...events.map(() => 'event' as const))
      },
      reset: (chat, seq) => {
        this.resets.push({ chat, seq })
        this.order.push('reset')
      },
      transient: (frame) => this.transients.push(frame),
      acknowledged: (clientId, _chat, id) => this.acks.push({ clientId, id }),
      refused: (message, code) => this.refusals.push({ message, code }),
    }
    this.connection = new Connection(
      {
        clock: {
          now: () => Date.now(),
          after: (ms, then) => {
            const id = setTimeout(then, ms)
            return { cancel: () => clearTimeout(id) }
          },
          random: () => this.random,
        },
        openSocket: () => {
          const socket = new ScriptedSocket()
          this.sockets.push(socket)
          return socket
        },
        token: this.token,
        fetchEvents: this.fetchEvents,
        screen: {
          unseen: () => this.unseen,
          frame: (then) => (this.frames ? this.frames.push(then) : then()),
        },
      },
      listener,
    )
  }

  get socket(): ScriptedSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('the client never connected')
    return socket
  }

  get state(): ConnectionState['name'] | undefined {
    return this.states.at(-1)?.name
  }

  seqs(): Seq[] {
    return this.events.map((event) => event.seq)
  }

  async starts(): Promise<ScriptedSocket> {
    this.connection.start()
    await this.settles()
    return this.socket
  }

  /** Connected, with the chat at `seq`. */
  async isLive(seq: Seq = 0): Promise<ScriptedSocket> {
    const socket = await this.starts()
    socket.welcomes(seq)
    return socket
  }

  /** Lets everything happen that needs no time. */
  async settles(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0)
  }

  async passes(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms)
  }
}
