import type { ChatUri, ClientFrame, ClientId, ErrorCode, MessageId } from '@/wire/types'
import { backoff } from './backoff'
import type { Clock, Timer } from './clock'

/** Not answered for this long on a living connection: say it again. The same `client_id` makes that safe. */
const ANSWER_WITHIN_MS = 20_000

/** Nothing was done and it is worth another try, with the same `client_id`. */
const TEMPORARY: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['unavailable', 'rate_limited'])

export interface Outgoing {
  chat: ChatUri
  clientId: ClientId
  text: string
  replyTo?: MessageId
}

interface Entry extends Outgoing {
  /** When it was last written to the socket, or null while it waits. */
  writtenAt: number | null
}

/**
 * Messages not known to be committed yet, in the order in which they were said. Each is sent again, under the same
 * `client_id`, over as many connections as it takes until it is acknowledged or refused for good.
 *
 * Of each chat only the first is on its way, and the next one follows its answer: one that is refused for now
 * (`rate_limited`) would else be overtaken by those sent behind it.
 */
export class Outbox {
  private readonly entries = new Map<ClientId, Entry>()
  private live = false
  private pause: Timer | null = null
  private refusals = 0

  constructor(
    private readonly clock: Clock,
    private readonly write: (frame: ClientFrame) => void,
  ) {}

  get size(): number {
    return this.entries.size
  }

  add(message: Outgoing): void {
    this.entries.set(message.clientId, { ...message, writtenAt: null })
    this.flush()
  }

  /** It is committed, or nobody wants it any more. False if it is not (or no longer) here. */
  remove(clientId: ClientId): boolean {
    const was = this.entries.delete(clientId)
    if (was) this.flush()
    return was
  }

  acknowledged(clientId: ClientId): boolean {
    this.refusals = 0
    return this.remove(clientId)
  }

  /** Returns the message if that was its end; else it will be tried again. */
  refused(clientId: ClientId, code: ErrorCode, retryAfterMs?: number): Outgoing | undefined {
    const entry = this.entries.get(clientId)
    if (!entry) return undefined
    if (!TEMPORARY.has(code)) {
      this.remove(clientId)
      return entry
    }
    entry.writtenAt = null
    this.waitBeforeNext(retryAfterMs)
    return undefined
  }

  /** A connection stands. */
  resume(): void {
    this.live = true
    this.flush()
  }

  /** The connection is gone, and with it all answers that were still to come. */
  suspend(): void {
    this.live = false
    this.pause?.cancel()
    this.pause = null
    for (const entry of this.entries.values()) entry.writtenAt = null
  }

  /** To be called from time to time: finds what was never answered. */
  checkOverdue(): void {
    for (const entry of this.entries.values()) {
      if (entry.writtenAt !== null && this.clock.now() - entry.writtenAt >= ANSWER_WITHIN_MS)
        entry.writtenAt = null
    }
    this.flush()
  }

  /** Takes out what is on its way right now. For when the server hung up because of it. */
  takeWritten(): Outgoing[] {
    const written = [...this.entries.values()].filter((entry) => entry.writtenAt !== null)
    for (const entry of written) this.entries.delete(entry.clientId)
    return written
  }

  clear(): void {
    this.suspend()
    this.entries.clear()
  }

  private flush(): void {
    if (!this.live || this.pause) return
    const begun = new Set<ChatUri>()
    for (const entry of this.entries.values()) {
      if (begun.has(entry.chat)) continue
      begun.add(entry.chat)
      if (entry.writtenAt !== null) continue
      entry.writtenAt = this.clock.now()
      const { chat, clientId, text, replyTo } = entry
      const frame: ClientFrame = { type: 'send', chat, client_id: clientId, message: text }
      if (replyTo !== undefined) frame.reply_to = replyTo
      this.write(frame)
    }
  }

  /** One pause for all: limits are per user, and what is said later must not overtake what waits. */
  private waitBeforeNext(retryAfterMs: number | undefined): void {
    this.pause?.cancel()
    const wait = retryAfterMs ?? 250 + backoff(this.refusals, this.clock)
    this.refusals += 1
    this.pause = this.clock.after(wait, () => {
      this.pause = null
      this.flush()
    })
  }
}
