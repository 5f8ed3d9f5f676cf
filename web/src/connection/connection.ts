import { CloseCode } from '@/wire/types'
import type {
  ChatUri,
  ClientFrame,
  ClientId,
  EventFrame,
  Incoming,
  Seq,
  ServerFrame,
  UserId,
} from '@/wire/types'
import { departureOf } from '@/timeline/departure'
import { backoff } from './backoff'
import { Batch } from './batch'
import type { Clock, Timer } from './clock'
import { Heartbeat } from './heartbeat'
import { Inbox } from './inbox'
import { Outbox, type Outgoing } from './outbox'
import { Positions } from './positions'
import type { ConnectionState, Listener, ReadyFrame, Socket, Surroundings } from './surroundings'

const PROTOCOL = 1
/** From the first byte to `ready`. */
const READY_WITHIN_MS = 15_000
/** A connection that stood this long was a good one: the next trouble starts counting anew. */
const GOOD_AFTER_MS = 5_000
/** After "too many": at least this long, and up to twice that. */
const TOO_MANY_WAIT_MS = 20_000

/**
 * The one socket, kept alive over every kind of trouble. Whatever happens below, above it each chat's events come in
 * order, without gaps, each once, and each message that is sent ends acknowledged or refused.
 */
export class Connection {
  private state: ConnectionState = { name: 'idle' }
  private socket: Socket | null = null
  /** Counts tries. What an older try still has to say does not matter any more. */
  private attempt = 0
  private failures = 0
  private readyAt: number | null = null
  private self: UserId | null = null
  private timer: Timer | null = null
  /** The server asked to move at this time, chosen so that not all clients come at once. */
  private moveAt: number | null = null
  private patient = false
  /** This connection was told of a renewed token. */
  private retold = false
  /** The chat that one looks at. */
  private focus: ChatUri | null = null
  private readonly filling = new Set<ChatUri>()

  private readonly positions = new Positions()
  private readonly outbox: Outbox
  private readonly heartbeat: Heartbeat
  private readonly inbox: Inbox
  private readonly delivery: Batch<EventFrame>
  private readonly clock: Clock

  constructor(
    private readonly around: Surroundings,
    private readonly listener: Listener,
  ) {
    this.clock = around.clock
    this.outbox = new Outbox(this.clock, (frame) => this.write(frame))
    this.inbox = new Inbox(this.clock, around.screen, (data) => this.read(data))
    this.delivery = new Batch(this.clock, around.screen, (events) => listener.events(events))
    this.heartbeat = new Heartbeat(
      this.clock,
      () => {
        this.write({ type: 'ping' })
        this.outbox.checkOverdue()
      },
      () => this.lost(),
    )
  }

  start(): void {
    if (this.state.name === 'idle' || this.state.name === 'signed-out' || this.state.name === 'stopped') {
      this.failures = 0
      void this.connect(false)
    }
  }

  /** Ends everything and forgets everything: signed out. */
  stop(): void {
    this.drop()
    this.delivery.clear()
    this.outbox.clear()
    this.positions.clear()
    this.focus = null
    this.enter({ name: 'idle' })
  }

  /** A chat was read by HTTP up to here: events follow after it, also across the next reconnect. */
  track(chat: ChatUri, seq: Seq): void {
    this.positions.track(chat, seq)
  }

  /** One is in this chat no longer; should it begin anew, it does so with what comes first. */
  untrack(chat: ChatUri): void {
    this.positions.forget(chat)
  }

  position(chat: ChatUri): Seq | undefined {
    return this.positions.of(chat)
  }

  send(message: Outgoing): void {
    this.outbox.add(message)
  }

  discard(clientId: ClientId): void {
    this.outbox.remove(clientId)
  }

  /** One looks at this chat now, and at no other; also over the next connection. */
  look(chat: ChatUri | null): void {
    if (this.focus === chat) return
    this.focus = chat
    if (this.state.name === 'live') this.write({ type: 'focus', chat })
  }

  /** One is writing. Worth nothing later: without a connection nobody is told. */
  types(chat: ChatUri): void {
    if (this.state.name === 'live') this.write({ type: 'typing', chat })
  }

  /** The access token was renewed. */
  renewed(token: string): void {
    if (this.state.name !== 'live') return
    this.retold = true
    this.write({ type: 'auth', token })
  }

  /** The network came back, or somebody looks at the page again. */
  wake(): void {
    if (this.state.name === 'live') this.heartbeat.probe()
    else if (this.state.name === 'waiting' && !this.patient) void this.connect(false)
  }

  private enter(state: ConnectionState): void {
    this.state = state
    this.listener.state(state)
  }

  private async connect(fresh: boolean): Promise<void> {
    this.drop()
    const attempt = this.attempt
    this.enter({ name: 'connecting', failures: this.failures })
    let token: string | null
    try {
      token = await this.around.token(fresh)
    } catch {
      if (attempt === this.attempt) this.retry()
      return
    }
    if (attempt !== this.attempt) return
    if (token === null) {
      this.stop()
      this.enter({ name: 'signed-out' })
      return
    }
    this.open(token)
  }

  private open(token: string): void {
    const socket = this.around.openSocket()
    this.socket = socket
    this.timer = this.clock.after(READY_WITHIN_MS, () => this.lost())
    socket.onopen = () =>
      this.write({ type: 'hello', token, protocol: PROTOCOL, resume: this.positions.resume() })
    socket.onmessage = ({ data }) => {
      this.heartbeat.heard()
      this.inbox.add(data)
    }
    socket.onclose = ({ code }) => this.closed(code)
  }

  private read(data: unknown): void {
    const frame = parse(data)
    if (frame) this.take(frame)
    else this.lost()
  }

  /** Nobody closed it, but it is dead. */
  private lost(): void {
    this.closed(1006)
  }

  /** Lets go of the current try, whatever its state. */
  private drop(): void {
    this.attempt += 1
    this.timer?.cancel()
    this.timer = null
    this.moveAt = null
    this.patient = false
    this.retold = false
    this.readyAt = null
    this.heartbeat.stop()
    this.outbox.suspend()
    this.positions.releaseHeld()
    this.filling.clear()
    this.inbox.clear()
    const socket = this.socket
    this.socket = null
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }

  private closed(code: number): void {
    if (this.readyAt !== null && this.clock.now() - this.readyAt >= GOOD_AFTER_MS) this.failures = 0
    const { moveAt, retold } = this
    // Whatever was on its way is what was too big; sent again, it would end the next connection as well.
    if (code === CloseCode.TooBig) {
      for (const message of this.outbox.takeWritten()) {
        this.listener.refused(message, 'payload_too_large', 'That message is too long.')
      }
    }
    this.drop()
    switch (code) {
      case CloseCode.BadFrame:
      case CloseCode.Forbidden:
        // One has signed in anew in another tab: what that token may not continue it may begin.
        if (retold && code === CloseCode.Forbidden) this.retry()
        else this.enter({ name: 'stopped', code })
        break
      case CloseCode.Unauthorized:
        if (this.failures === 0) {
          this.failures = 1
          void this.connect(true)
        } else this.retry({ fresh: true })
        break
      case CloseCode.TooMany:
        this.retry({ wait: TOO_MANY_WAIT_MS * (1 + this.clock.random()) })
        this.patient = true
        break
      default:
        if (moveAt === null) this.retry()
        else this.retry({ wait: Math.max(0, moveAt - this.clock.now()) })
    }
  }

  private retry({ wait, fresh = false }: { wait?: number; fresh?: boolean } = {}): void {
    const ms = wait ?? backoff(this.failures, this.clock)
    this.failures += 1
    this.timer = this.clock.after(ms, () => void this.connect(fresh))
    this.enter({ name: 'waiting', failures: this.failures, retryAt: this.clock.now() + ms })
  }

  private write(frame: ClientFrame): void {
    this.socket?.send(JSON.stringify(frame))
  }

  private take(frame: Incoming): void {
    switch (frame.type) {
      case 'event':
        return this.arrived(frame)
      case 'ready':
        return this.ready(frame)
      case 'ack':
        if (this.outbox.acknowledged(frame.client_id)) {
          this.listener.acknowledged(frame.client_id, frame.chat, frame.id, frame.seq)
        }
        return
      case 'error':
        return this.refused(frame)
      case 'reset':
        return this.reset(frame.chat, frame.seq)
      case 'typing':
      case 'read':
      case 'presence':
        return this.listener.transient(frame)
      case 'reconnect':
        this.timer?.cancel()
        this.moveAt = this.clock.now() + frame.after_ms
        this.timer = this.clock.after(frame.after_ms, () => void this.connect(false))
        return
      case 'pong':
        return
      // Frames of a newer server are none of our business.
    }
  }

  private ready(frame: ReadyFrame): void {
    this.timer?.cancel()
    this.timer = null
    this.readyAt = this.clock.now()
    this.self = frame.user.id
    const mine = new Set(frame.chats.map((chat) => chat.uri))
    for (const chat of this.positions.chats()) if (!mine.has(chat)) this.positions.forget(chat)
    const missed = frame.chats.filter(({ uri, seq }) => this.positions.hasMissed(uri, seq))
    for (const chat of frame.chats) this.positions.track(chat.uri, chat.seq)
    this.heartbeat.start(frame.heartbeat_ms)
    this.enter({ name: 'live' })
    if (this.focus !== null) this.write({ type: 'focus', chat: this.focus })
    this.listener.ready(frame)
    for (const { uri, seq } of missed) this.reset(uri, seq)
    this.outbox.resume()
  }

  private reset(chat: ChatUri, seq: Seq): void {
    this.positions.reset(chat, seq)
    this.delivery.inTurn(() => this.listener.reset(chat, seq))
  }

  private refused(frame: Extract<ServerFrame, { type: 'error' }>): void {
    if (frame.client_id === undefined) return
    const message = this.outbox.refused(frame.client_id, frame.code, frame.retry_after_ms)
    if (message) this.listener.refused(message, frame.code, frame.message)
  }

  private arrived(event: EventFrame): void {
    const accepted = this.positions.accept(event)
    if (accepted.as === 'next') this.deliver(accepted.events)
    else if (accepted.as === 'early') void this.fillGap(event.chat)
    else if (accepted.as === 'overflow') this.lost()
  }

  private deliver(events: EventFrame[]): void {
    for (const event of events) {
      // Should one come back, what comes first then is where one came in.
      if (this.self !== null && departureOf(event, this.self)) this.positions.forget(event.chat)
      if (event.kind !== 'message.created') continue
      const { client_id, user } = event.data
      // One's own message comes back: as good as its acknowledgement, which may come later or never.
      if (client_id !== undefined && user.id === this.self) this.outbox.acknowledged(client_id)
    }
    this.delivery.add(events)
  }

  private async fillGap(chat: ChatUri): Promise<void> {
    if (this.filling.has(chat)) return
    this.filling.add(chat)
    const attempt = this.attempt
    try {
      while (this.positions.hasGap(chat)) {
        const page = await this.around.fetchEvents(chat, this.positions.of(chat) ?? 0)
        if (attempt !== this.attempt) return
        for (const event of page.events) this.arrived(event)
        if (page.events.length === 0) break
      }
    } catch {
      // Falls through to a reconnect, which resumes before the gap.
    }
    if (attempt !== this.attempt) return
    this.filling.delete(chat)
    if (this.positions.hasGap(chat)) this.lost()
  }
}

function parse(data: unknown): Incoming | null {
  try {
    return JSON.parse(String(data)) as Incoming
  } catch {
    return null
  }
}
