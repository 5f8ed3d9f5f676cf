// What runs in the page itself: nothing in here may use anything from outside its function.

/** Waits until nothing moves any more. */
export async function lookAtRest(box) {
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  const look = () => {
    const edge = box.getBoundingClientRect().top
    const at = (one) => one.getBoundingClientRect().top - edge
    const first = [...box.querySelectorAll('article')].find((one) => at(one) >= 0)
    return {
      text: first?.querySelector('.bubble').textContent,
      at: first && Math.round(at(first)),
    }
  }
  let seen = look()
  for (let still = 0, tries = 0; still < 4 && tries < 200; tries += 1) {
    await frame()
    const now = look()
    const same = now.text === seen.text && now.at === seen.at && box.getAttribute('aria-busy') !== 'true'
    still = same ? still + 1 : 0
    seen = now
  }
  return seen
}

/** From the chat's beginning to its end, screen by screen. */
export async function readThrough(box) {
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  const texts = []
  const known = new Set()
  for (let still = 0, tries = 0; still < 6 && tries < 500; tries += 1) {
    const height = box.scrollHeight
    box.scrollTop = 0
    await frame()
    const rests =
      box.scrollTop === 0 && box.scrollHeight === height && box.getAttribute('aria-busy') !== 'true'
    still = rests ? still + 1 : 0
  }
  for (let still = 0, tries = 0; still < 6 && tries < 2000; tries += 1) {
    const edges = box.getBoundingClientRect()
    for (const one of box.querySelectorAll('article[data-message]')) {
      const { top, bottom } = one.getBoundingClientRect()
      if (known.has(one.dataset.message) || bottom < edges.top || top > edges.bottom) continue
      known.add(one.dataset.message)
      texts.push(one.querySelector('.bubble').textContent.trim())
    }
    const before = box.scrollTop
    box.scrollTop += box.clientHeight / 2
    await frame()
    still = box.scrollTop === before && box.getAttribute('aria-busy') !== 'true' ? still + 1 : 0
  }
  return texts
}

/**
 * Before anything else runs: sockets can be told to hold the events that come in, as a network that has stalled, and to let go
 * of all of them in one task, as a browser does with what it has read. Signs of life pass: the stall may take long.
 */
export function holdSockets() {
  let waiting = []
  let holding = false
  const described = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage')
  Object.defineProperty(WebSocket.prototype, 'onmessage', {
    ...described,
    set(listener) {
      const held = (event) => {
        const isEvent = event.data.slice(0, 20).includes('"event"')
        if (holding && isEvent) waiting.push(() => listener.call(this, event))
        else listener.call(this, event)
      }
      described.set.call(this, listener && held)
    },
  })
  globalThis.hold = () => (holding = true)
  globalThis.held = () => waiting.length
  globalThis.letGo = () => {
    const all = waiting
    holding = false
    waiting = []
    setTimeout(() => all.forEach((hear) => hear()))
  }
}

/** Lets go of what was held, and measures until this was said: tasks, and frames that are late, by the clock on the wall. */
export async function measureFrames(last) {
  const tasks = []
  new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ type: 'longtask' })
  let longestFrame = 0
  let before = performance.now()
  let frames = 0
  const since = before
  const isThere = () =>
    [...document.querySelectorAll('article .bubble')].some((one) => one.textContent.trim() === last)
  await new Promise((resolve) => {
    const frame = () => {
      const now = performance.now()
      frames += 1
      longestFrame = Math.max(longestFrame, now - before)
      before = now
      if (frames === 1) globalThis.letGo()
      if (globalThis.held() === 0 && isThere()) resolve()
      else requestAnimationFrame(frame)
    }
    requestAnimationFrame(() => {
      before = performance.now()
      requestAnimationFrame(frame)
    })
  })
  const tookMs = Math.round(performance.now() - since)
  // What was observed is told a little later.
  await new Promise((resolve) => setTimeout(resolve, 100))
  const longestTask = Math.max(0, ...tasks.map(({ duration }) => duration))
  return { tookMs, longestTaskMs: Math.round(longestTask), longestFrameMs: Math.round(longestFrame) }
}
