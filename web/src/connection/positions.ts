import type { ChatUri, EventFrame, Seq } from '@/wire/types'

/** More than this many events waiting behind a gap are not worth keeping: reconnect and resume instead. */
const MOST_HELD = 2_000

/** For positions in `hello`, as JSON: the server takes frames of 64 KiB, and the token needs room as well. */
const MOST_RESUME_BYTES = 48 * 1024

/** What became of an event. */
export type Accepted =
  /** These are next in order: the event, and those that waited for it. */
  | { as: 'next'; events: EventFrame[] }
  /** Had already. */
  | { as: 'duplicate' }
  /** Came too early; what is before it must be fetched. */
  | { as: 'early' }
  /** So much came too early that it was let go. */
  | { as: 'overflow' }

/**
 * The last position taken in each chat. Guarantees that a chat's events leave in `seq` order, without gaps, each
 * once, in whatever order and however often they come in.
 */
export class Positions {
  private readonly last = new Map<ChatUri, Seq>()
  private readonly held = new Map<ChatUri, Map<Seq, EventFrame>>()
  /** Where something happened, the latest one last. */
  private readonly lively = new Set<ChatUri>()
  /** Chats that had no room in the last `hello`. */
  private leftOut: ReadonlySet<ChatUri> = new Set()

  of(chat: ChatUri): Seq | undefined {
    return this.last.get(chat)
  }

  chats(): ChatUri[] {
    return [...this.last.keys()]
  }

  /** For `hello`: what the server need not send again. Where there are too many chats, those where something happened last. */
  resume(): Record<ChatUri, Seq> {
    const named: Record<ChatUri, Seq> = {}
    const leftOut = new Set<ChatUri>()
    let bytes = 2
    for (const chat of new Set([...[...this.lively].reverse(), ...this.last.keys()])) {
      const seq = this.last.get(chat)
      if (seq === undefined) continue
      bytes += `"${chat}":${seq},`.length
      if (bytes <= MOST_RESUME_BYTES) named[chat] = seq
      else leftOut.add(chat)
    }
    this.leftOut = leftOut
    return named
  }

  /** `hello` could not say where one was, and the chat, which goes on from here, has moved since: that won't be sent. */
  hasMissed(chat: ChatUri, seq: Seq): boolean {
    return this.leftOut.has(chat) && this.last.get(chat) !== seq
  }

  /** A chat is known to stand here. Does nothing if it is followed already. */
  track(chat: ChatUri, seq: Seq): void {
    if (!this.last.has(chat)) this.last.set(chat, seq)
  }

  /** Goes on from here, whatever was before. */
  reset(chat: ChatUri, seq: Seq): void {
    this.last.set(chat, seq)
    this.held.delete(chat)
  }

  forget(chat: ChatUri): void {
    this.last.delete(chat)
    this.held.delete(chat)
    this.lively.delete(chat)
  }

  clear(): void {
    this.last.clear()
    this.lively.clear()
    this.held.clear()
  }

  /** What waits behind gaps is let go: a new connection sends it again. */
  releaseHeld(): void {
    this.held.clear()
  }

  hasGap(chat: ChatUri): boolean {
    return (this.held.get(chat)?.size ?? 0) > 0
  }

  accept(event: EventFrame): Accepted {
    const { chat, seq } = event
    // A chat not heard of before: one was just added to it, and this is where one came in.
    const last = this.last.get(chat) ?? seq - 1
    if (seq <= last) return { as: 'duplicate' }
    if (seq > last + 1) return this.hold(event)

    const events = [event]
    const held = this.held.get(chat)
    for (let next = held?.get(seq + 1); held && next; next = held.get(next.seq + 1)) {
      events.push(next)
      held.delete(next.seq)
    }
    this.last.set(chat, seq + events.length - 1)
    this.lively.delete(chat)
    this.lively.add(chat)
    this.dropOvertaken(chat)
    return { as: 'next', events }
  }

  private hold(event: EventFrame): Accepted {
    const held = this.held.get(event.chat) ?? new Map<Seq, EventFrame>()
    if (held.size >= MOST_HELD) {
      this.held.delete(event.chat)
      return { as: 'overflow' }
    }
    held.set(event.seq, event)
    this.held.set(event.chat, held)
    return { as: 'early' }
  }

  private dropOvertaken(chat: ChatUri): void {
    const held = this.held.get(chat)
    if (!held) return
    const last = this.last.get(chat) ?? 0
    for (const seq of held.keys()) if (seq <= last) held.delete(seq)
    if (held.size === 0) this.held.delete(chat)
  }
}
