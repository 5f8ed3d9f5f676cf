import type { Clock, Timer } from './clock'

/** How long an answer may take when there is a reason to doubt the connection. */
const PROBE_MS = 5_000

/**
 * Finds out that a connection is dead although nobody closed it. Browsers hide the server's own pings, so this asks:
 * a `ping` each interval, and whatever comes in answers it. Nothing for another interval means dead. Only an
 * unanswered question counts, never silence alone: timers of hidden pages run late, connections of them don't die.
 */
export class Heartbeat {
  private beat: Timer | null = null
  private verdict: Timer | null = null

  constructor(
    private readonly clock: Clock,
    private readonly ask: () => void,
    private readonly dead: () => void,
  ) {}

  start(intervalMs: number): void {
    this.stop()
    this.schedule(intervalMs)
  }

  stop(): void {
    this.beat?.cancel()
    this.beat = null
    this.heard()
  }

  /** Something came in. */
  heard(): void {
    this.verdict?.cancel()
    this.verdict = null
  }

  /** The network changed or the computer woke up: ask right now. */
  probe(): void {
    if (this.beat) this.question(PROBE_MS)
  }

  private schedule(intervalMs: number): void {
    const due = this.clock.now() + intervalMs
    this.beat = this.clock.after(intervalMs, () => {
      const slept = this.clock.now() - due > intervalMs
      this.question(slept ? PROBE_MS : intervalMs)
      this.schedule(intervalMs)
    })
  }

  private question(patienceMs: number): void {
    // A question that is open already keeps its own deadline.
    if (!this.verdict) this.verdict = this.clock.after(patienceMs, this.dead)
    this.ask()
  }
}
