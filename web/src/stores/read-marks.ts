import { backoff } from '@/connection/backoff'
import type { Clock, Timer } from '@/connection/clock'
import { Refused } from '@/http/request'
import type { ChatUri, ReadMark, Seq } from '@/wire/types'

/** Who reads along in a lively chat tells so once in a while, not for every message. */
const EVERY_MS = 1_000

interface Mark {
  /** What the server knows. */
  told: Seq
  reached: Seq
  timer: Timer | null
  busy: boolean
  failures: number
}

/** Tells the server how far one has read: only forward, and for each chat one call at a time. */
export class ReadMarks {
  private marks = new Map<ChatUri, Mark>()

  constructor(
    private readonly clock: Clock,
    private readonly tell: (chat: ChatUri, seq: Seq) => Promise<ReadMark>,
  ) {}

  /** The server has said so itself. */
  known(chat: ChatUri, seq: Seq): void {
    const mark = this.of(chat)
    mark.told = Math.max(mark.told, seq)
  }

  /** One has read up to here. */
  reached(chat: ChatUri, seq: Seq): void {
    const mark = this.of(chat)
    mark.reached = Math.max(mark.reached, seq)
    this.plan(chat, mark, EVERY_MS)
  }

  forget(chat: ChatUri): void {
    this.marks.get(chat)?.timer?.cancel()
    this.marks.delete(chat)
  }

  clear(): void {
    for (const chat of [...this.marks.keys()]) this.forget(chat)
  }

  private of(chat: ChatUri): Mark {
    let mark = this.marks.get(chat)
    if (!mark) {
      mark = { told: 0, reached: 0, timer: null, busy: false, failures: 0 }
      this.marks.set(chat, mark)
    }
    return mark
  }

  private plan(chat: ChatUri, mark: Mark, ms: number): void {
    if (mark.reached <= mark.told || mark.timer || mark.busy) return
    mark.timer = this.clock.after(ms, () => {
      mark.timer = null
      void this.send(chat, mark)
    })
  }

  private async send(chat: ChatUri, mark: Mark): Promise<void> {
    const seq = mark.reached
    if (seq <= mark.told) return
    mark.busy = true
    try {
      const answer = await this.tell(chat, seq)
      mark.told = Math.max(mark.told, seq, answer.seq)
      mark.failures = 0
    } catch (error) {
      // A "no" will be one the next time as well; trouble on the way there ends.
      if (error instanceof Refused && error.code !== 'rate_limited') mark.told = Math.max(mark.told, seq)
      else mark.failures += 1
    }
    mark.busy = false
    if (this.marks.get(chat) !== mark) return
    this.plan(chat, mark, EVERY_MS + (mark.failures > 0 ? backoff(mark.failures, this.clock) : 0))
  }
}
