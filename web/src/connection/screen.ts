/** Whoever looks wants a frame now and then. */
export interface Screen {
  /** The page is hidden: no frame can be late, there are none; and timers may be rare. */
  unseen(): boolean
  /** Calls `then` once: with the next frame, or soon, should there be none. */
  frame(then: () => void): void
}

/** A page that is hidden meanwhile, or that the browser does not draw for reasons of its own, goes on all the same. */
const NO_FRAME_MS = 250

export const browserScreen: Screen = {
  unseen: () => document.hidden,
  frame(then) {
    let isDone = false
    const once = (): void => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      then()
    }
    const timer = setTimeout(once, document.hidden ? 0 : NO_FRAME_MS)
    requestAnimationFrame(once)
  },
}
