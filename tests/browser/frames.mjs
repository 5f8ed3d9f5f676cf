// How long a page keeps its frames waiting.

/**
 * What the page itself did between two frames while `act` was under way, in milliseconds of its own thread: a machine that does
 * other things as well makes frames late, but no page busy. `act` asks for frames all the time.
 */
export async function busyBetweenFrames({ page }, act) {
  const browser = page.context().browser()
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'blink.user_timing'] })
  let trace
  try {
    await page.evaluate(() => performance.mark('measured from here'))
    await act()
    await page.evaluate(() => performance.mark('measured to here'))
  } finally {
    trace = JSON.parse((await browser.stopTracing()).toString())
  }
  const events = trace.traceEvents.toSorted((a, b) => a.ts - b.ts)
  const from = events.find(({ name }) => name === 'measured from here')
  const to = events.find(({ name }) => name === 'measured to here')
  const here = events.filter(
    ({ pid, tid, ts }) => pid === from.pid && tid === from.tid && ts > from.ts && ts < to.ts,
  )
  let busy = 0
  let longest = 0
  let frames = 0
  let longestTask = 0
  for (const { name, ph, tdur = 0 } of here) {
    if (name === 'FireAnimationFrame') {
      frames += 1
      longest = Math.max(longest, busy)
      busy = 0
    } else if (ph === 'X' && name.endsWith('RunTask')) {
      busy += tdur
      longestTask = Math.max(longestTask, tdur)
    }
  }
  if (frames === 0) throw new Error('the trace has no frames')
  const ms = (micros) => Math.round(micros / 1000)
  return { frames, longestTaskMs: ms(longestTask), longestFrameMs: ms(Math.max(longest, busy)) }
}
