import type { Clock, Timer } from './clock'
import type { Screen } from './screen'

/** Two frames: in between there is time for what somebody does. */
const BETWEEN_MS = 32
/** So many are taken up and drawn within a frame, also by a phone. */
const MOST_AT_ONCE = 200

/**
 * Hands things on at once when they come singly, and in slices when many come: a burst of a thousand events costs a few
 * renderings instead of a thousand, and one of ten thousand lets a frame pass between any two of them.
 */
export class Batch<T> {
  private waiting: T[] = []
  /** What is to be done when so many more were handed on, the next one first. */
  private turns: { after: number; then: () => void }[] = []
  private timer: Timer | null = null
  private lastHandedOn = -Infinity
  /** Counts what was cleared: a frame can't be called off. */
  private era = 0

  constructor(
    private readonly clock: Clock,
    private readonly screen: Screen,
    private readonly handOn: (items: T[]) => void,
  ) {}

  add(items: readonly T[]): void {
    for (const item of items) this.waiting.push(item)
    this.plan()
  }

  /** Once everything before it was handed on, and before anything that comes later. */
  inTurn(then: () => void): void {
    if (this.waiting.length === 0 && this.turns.length === 0) then()
    else this.turns.push({ after: this.waiting.length, then })
  }

  /** Nobody wants what is waiting any more. */
  clear(): void {
    this.timer?.cancel()
    this.timer = null
    this.era += 1
    this.waiting = []
    this.turns = []
  }

  private plan(): void {
    if (this.timer || this.waiting.length === 0) return
    const wait = this.lastHandedOn + BETWEEN_MS - this.clock.now()
    if (wait <= 0) this.slice()
    // Clocks jump: none of their jumps makes anything wait longer than that.
    else this.timer = this.clock.after(Math.min(wait, BETWEEN_MS), () => this.afterFrame())
  }

  /** Where the machine is slow frames come later than timers: two slices must not meet between two of them. */
  private afterFrame(): void {
    const { era } = this
    this.screen.frame(() => {
      if (era === this.era) this.slice()
    })
  }

  private slice(): void {
    this.timer = null
    const most = this.screen.unseen() ? Infinity : MOST_AT_ONCE
    const items = this.waiting.splice(0, Math.min(most, this.turns[0]?.after ?? Infinity))
    // Whoever is handed these may add more, or clear all.
    for (const turn of this.turns) turn.after -= items.length
    this.lastHandedOn = this.clock.now()
    this.handOn(items)
    while (this.turns[0]?.after === 0) this.turns.shift()?.then()
    this.plan()
  }
}
