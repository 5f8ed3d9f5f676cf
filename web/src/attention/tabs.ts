/**
 * Which of the browser's tabs speaks for all of them, and whether somebody looks at any. Told by Web Locks, which end with
 * their tab however it ends; where there are none (plain http from another machine) each tab is on its own.
 */
const SPEAKER = 'chatire-speaker'
const LOOKED_AT = 'chatire-looked-at'

export class Tabs {
  /** One at a time. */
  speaks = locks() === null
  private looking: (() => void) | null = null

  constructor() {
    void locks()?.request(SPEAKER, () => {
      this.speaks = true
      // For as long as the tab lives.
      return new Promise(() => undefined)
    })
  }

  /** This tab is looked at, or not any more. */
  look(now: boolean): void {
    if (now === (this.looking !== null)) return
    this.looking?.()
    this.looking = null
    if (!now) return
    let leave: () => void = () => undefined
    const left = new Promise<void>((resolve) => (leave = resolve))
    this.looking = leave
    void locks()?.request(LOOKED_AT, { mode: 'shared' }, () => left)
  }

  async isAnyLookedAt(): Promise<boolean> {
    if (this.looking) return true
    const { held = [] } = (await locks()?.query()) ?? {}
    return held.some(({ name }) => name === LOOKED_AT)
  }
}

function locks(): LockManager | null {
  return (navigator.locks as LockManager | undefined) ?? null
}
