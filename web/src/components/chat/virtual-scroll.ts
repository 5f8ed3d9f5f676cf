import type { VirtualizerHandle } from 'virtua/vue'
import { nextTick, onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'
import type { ReadingPlace } from '@/stores/chat-state'
import type { Row } from '@/timeline/rows'
import type { Seq } from '@/wire/types'

/** This close to the end counts as being there. */
const AT_END_PX = 48
/** More history is asked for this far before one reaches the end of what is here. */
const NEAR_PX = 1_200
/** Between the upper edge and what one is brought to. */
const ABOVE_PX = 56
/** For so long after a touch what moves is moved by hand. */
const GESTURE_MS = 400
/** Nothing moves any more. */
const STILL_FRAMES = 4
/** So many frames something may need to be drawn that was just scrolled to. */
const MOST_FRAMES = 60

interface Content {
  rows: Readonly<Ref<readonly Row[]>>
  /** The last position that is here. */
  last(): Seq
  /** The rows end where the chat does. */
  atChatEnd(): boolean
  nearTop(): void
  nearEnd(): void
  /** Where one was the last time, if not at the end. */
  place: ReadingPlace | undefined
}

/**
 * Scrolling as in a conversation: who is at the end stays there while it grows, who reads further up stays where they
 * are, also when messages come in above or those above grow (the latter two are virtua's work, told by `shift`).
 */
export function useVirtualScroll(list: Readonly<Ref<VirtualizerHandle | null>>, of: Content) {
  const following = ref(true)
  /** The newest position that was on the screen. */
  const seen = ref<Seq>(0)
  let lastOffset = 0
  let settling = false
  let lastGesture = -Infinity

  function remaining(handle: VirtualizerHandle): number {
    return handle.scrollSize - handle.scrollOffset - handle.viewportSize
  }

  function scrolled(): void {
    const handle = list.value
    if (!handle) return
    const offset = handle.scrollOffset
    const left = remaining(handle)
    // Only who scrolls up leaves the end: what grows below takes nobody away from it.
    if (left <= AT_END_PX) following.value = of.atChatEnd()
    else if (offset < lastOffset - 1 && !settling) following.value = false
    lastOffset = offset
    look()
  }

  /** What came into view, and whether more is needed around it. */
  function look(): void {
    const handle = list.value
    if (!handle || handle.viewportSize === 0) return
    if (following.value) seen.value = Math.max(seen.value, of.last())
    if (handle.scrollOffset < NEAR_PX) of.nearTop()
    if (remaining(handle) < NEAR_PX) of.nearEnd()
  }

  function stick(): void {
    list.value?.scrollToIndex(of.rows.value.length - 1, { align: 'end' })
  }

  function toEnd(): void {
    const handle = list.value
    if (!handle) return
    const far = remaining(handle) > 2 * handle.viewportSize
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    if (far || calm) following.value = true
    handle.scrollToIndex(of.rows.value.length - 1, { align: 'end', smooth: !far && !calm })
    look()
  }

  function indexOf(key: string): number {
    return of.rows.value.findIndex((row) => row.key === key)
  }

  /** Brings the row to the middle of the screen. */
  function bring(key: string): void {
    const index = indexOf(key)
    if (index < 0) return
    following.value = false
    list.value?.scrollToIndex(index, { align: 'center' })
  }

  /**
   * Sizes are guesses until rows are drawn. While they become known the end moves, and with it who is there: what looks
   * like scrolling up is none.
   */
  async function settle(): Promise<void> {
    if (settling || performance.now() - lastGesture < GESTURE_MS) return
    settling = true
    let still = 0
    stick()
    await drawn(() => {
      const handle = list.value
      const there = handle !== null && handle.viewportSize > 0 && remaining(handle) <= 1
      still = there ? still + 1 : 0
      if (!there && following.value && settling) stick()
      return still >= STILL_FRAMES || !following.value || !settling
    })
    settling = false
    look()
  }

  /** Somebody moves by hand: whatever they do is meant. */
  function gesture(): void {
    lastGesture = performance.now()
    settling = false
  }

  function resized(): void {
    if (following.value) void settle()
    look()
  }

  /** Where one was, else where the new messages begin, else the end. */
  function begin(): void {
    const { place } = of
    const index = place ? of.rows.value.findIndex((row) => seqOf(row) === place.seq) : indexOf('new')
    following.value = index < 0
    if (index < 0) return void settle()
    list.value?.scrollToIndex(index, { align: 'start', offset: place ? place.above : -ABOVE_PX })
    void drawn(() => (list.value?.viewportSize ?? 0) > 0).then(scrolled)
  }

  function placeNow(): ReadingPlace | undefined {
    const handle = list.value
    if (!handle || following.value) return undefined
    const top = handle.findItemIndex(handle.scrollOffset)
    const index = of.rows.value.findIndex((row, i) => i >= top && seqOf(row) !== undefined)
    const seq = seqOf(of.rows.value[index])
    return seq === undefined ? undefined : { seq, above: handle.scrollOffset - handle.getItemOffset(index) }
  }

  let here = true
  onMounted(() => void nextTick(begin))
  onBeforeUnmount(() => (here = false))
  watch(
    of.rows,
    () => {
      if (following.value) stick()
      look()
    },
    { flush: 'post' },
  )

  /** Resolves once it is so, or when nobody waits any longer. */
  async function drawn(isSo: () => boolean): Promise<void> {
    for (let frame = 0; here && frame < MOST_FRAMES && !isSo(); frame += 1) {
      await new Promise(requestAnimationFrame)
    }
  }

  return { following, seen, toEnd, scrolled, gesture, resized, bring, drawn, placeNow }
}

/** Whether rows were added or taken away above: then what is below stays where it is. */
export function changedAbove(before: readonly Row[] | undefined, now: readonly Row[]): boolean {
  if (!before || before.length === 0 || before.length === now.length) return false
  return first(before) !== first(now) && before.at(-1)?.key === now.at(-1)?.key
}

/** Of a message that is committed. */
function seqOf(row: Row | undefined): Seq | undefined {
  return row?.kind === 'said' ? row.message?.seq : undefined
}

function first(rows: readonly Row[]): string | undefined {
  return rows.find((row) => row.kind === 'said' || row.kind === 'note')?.key
}
