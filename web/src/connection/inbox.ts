import type { Clock, Timer } from './clock'
import type { Screen } from './screen'

/** About a frame. */
const WHILE_MS = 16
/** Reading so many takes a tenth of it. */
const MOST_IN_A_WHILE = 200

/**
 * What the socket brought, read at once as long as there is not too much of it. Browsers hand out one message after the other
 * for as long as there are any: reading ten thousand in a row would leave no time to draw.
 */
export class Inbox {
  private waiting: unknown[] = []
  private next = 0
  private timer: Timer | null = null
  private since = -Infinity
  private taken = 0

  constructor(
    private readonly clock: Clock,
    private readonly screen: Screen,
    private readonly read: (data: unknown) => void,
  ) {}

  add(data: unknown): void {
    if (this.timer === null && this.hasTime()) return this.read(data)
    this.waiting.push(data)
    this.plan()
  }

  /** What was not read is the next connection's: it resumes where reading ended. */
  clear(): void {
    this.timer?.cancel()
    this.timer = null
    this.waiting = []
    this.next = 0
  }

  private hasTime(): boolean {
    const now = this.clock.now()
    // Clocks jump, also back.
    if (Math.abs(now - this.since) >= WHILE_MS) {
      this.since = now
      this.taken = 0
    }
    this.taken += 1
    return this.taken <= MOST_IN_A_WHILE || this.screen.unseen()
  }

  private plan(): void {
    this.timer ??= this.clock.after(WHILE_MS, () => this.readOn())
  }

  private readOn(): void {
    this.timer = null
    // Whoever reads may end the connection, and clear what waits.
    while (this.next < this.waiting.length && this.hasTime()) {
      const data = this.waiting[this.next]
      this.next += 1
      this.read(data)
    }
    if (this.next < this.waiting.length) this.plan()
    else this.clear()
  }
}
