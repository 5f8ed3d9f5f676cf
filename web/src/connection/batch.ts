import type { Clock, Timer } from './clock'

const BETWEEN_MS = 32

/**
 * Hands things on at once when they come singly, and in batches when many come: a burst of a thousand events costs
 * a few renderings instead of a thousand.
 */
export class Batch<T> {
  private waiting: T[] = []
  private timer: Timer | null = null
  private lastHandedOn = -Infinity

  constructor(
    private readonly clock: Clock,
    private readonly handOn: (items: T[]) => void,
  ) {}

  add(items: T[]): void {
    this.waiting.push(...items)
    if (this.timer) return
    const wait = this.lastHandedOn + BETWEEN_MS - this.clock.now()
    if (wait <= 0) this.flush()
    else this.timer = this.clock.after(Math.min(wait, BETWEEN_MS), () => this.flush())
  }

  flush(): void {
    this.timer?.cancel()
    this.timer = null
    if (this.waiting.length === 0) return
    const items = this.waiting
    this.waiting = []
    this.lastHandedOn = this.clock.now()
    this.handOn(items)
  }
}
