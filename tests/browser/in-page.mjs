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
