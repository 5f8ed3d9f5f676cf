/** Something that will happen, and can be called off. */
export interface Timer {
  cancel(): void
}

/** Where all code outside components takes time and chance from, so that tests can hold both in their hands. */
export interface Clock {
  /** Milliseconds since 1970; jumps when the computer slept. */
  now(): number
  /** Calls `then` once, after at least `ms` milliseconds. */
  after(ms: number, then: () => void): Timer
  /** From 0 to just under 1. */
  random(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, then) {
    const id = setTimeout(then, ms)
    return { cancel: () => clearTimeout(id) }
  },
  random: () => Math.random(),
}
