import { onBeforeUnmount, onBeforeUpdate, onMounted, onUpdated, ref, type Ref } from 'vue'
import type { Seq } from '@/wire/types'

/** This close to the end counts as being there. */
const AT_END_PX = 48
/** Older history is asked for this far before one reaches its beginning. */
const NEAR_TOP_PX = 600

interface Content {
  /** The first and last position shown. */
  first(): Seq | undefined
  last(): Seq
  /** More may be wanted above. */
  nearTop(): unknown
}

/**
 * Scrolling as in a conversation: who is at the end stays there while it grows, who reads further up stays where they
 * are, also when older messages come in above, or those above grow.
 */
export function useFollowingScroll(
  scroller: Readonly<Ref<HTMLElement | null>>,
  content: Readonly<Ref<HTMLElement | null>>,
  of: Content,
) {
  const following = ref(true)
  /** The newest position that was on the screen. */
  const seen = ref<Seq>(0)
  let first = of.first()
  /** What is read right now, and where it was before something changed. */
  let held: { element: Element; top: number } | null = null

  function toEnd(smoothly = false): void {
    const box = scroller.value
    if (!box) return
    const far = box.scrollHeight - box.scrollTop - box.clientHeight > 2 * box.clientHeight
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    if (!smoothly || far || calm) {
      following.value = true
      seen.value = of.last()
    }
    box.scrollTo({ top: box.scrollHeight, behavior: smoothly && !far && !calm ? 'smooth' : 'instant' })
  }

  function scrolled(): void {
    const box = scroller.value
    if (!box) return
    following.value = box.scrollHeight - box.scrollTop - box.clientHeight <= AT_END_PX
    if (following.value) seen.value = of.last()
    lookAbove()
  }

  /** To the middle of the screen with it. */
  function bring(element: HTMLElement): void {
    element.scrollIntoView({ block: 'center', behavior: 'instant' })
    scrolled()
  }

  function lookAbove(): void {
    if ((scroller.value?.scrollTop ?? Infinity) < NEAR_TOP_PX) of.nearTop()
  }

  const resizing = new ResizeObserver(() => {
    if (following.value) toEnd()
  })

  onMounted(() => {
    toEnd()
    if (scroller.value) resizing.observe(scroller.value)
    if (content.value) resizing.observe(content.value)
    lookAbove()
  })
  onBeforeUnmount(() => resizing.disconnect())

  onBeforeUpdate(() => {
    const element = following.value ? undefined : topmost(scroller.value, content.value)
    held = element ? { element, top: element.getBoundingClientRect().top } : null
  })
  onUpdated(() => {
    const box = scroller.value
    if (!box) return
    if (following.value) toEnd()
    else if (held?.element.isConnected) box.scrollTop += held.element.getBoundingClientRect().top - held.top
    held = null
    if (of.first() !== first) {
      first = of.first()
      lookAbove()
    }
  })

  return { following, seen, toEnd, scrolled, bring }
}

/**
 * What shall stay where it is: the first message that is on the screen from its beginning on, or else the one that fills
 * it. (One that is cut off at the top may itself be what grows.) There may be thousands.
 */
function topmost(scroller: HTMLElement | null, content: HTMLElement | null): Element | undefined {
  if (!scroller || !content) return undefined
  const { top, bottom } = scroller.getBoundingClientRect()
  const all = content.querySelectorAll('article')
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((all[middle]?.getBoundingClientRect().top ?? 0) >= top) high = middle
    else low = middle + 1
  }
  const whole = all[low]
  return whole && whole.getBoundingClientRect().top < bottom ? whole : all[low - 1]
}
