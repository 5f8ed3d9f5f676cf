import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/** Between a panel and what is around it. */
const GAP_PX = 6

/**
 * Where a panel stands that something opened: below it if there is room, else above; never over the edge. It is left by a
 * click elsewhere, and by whatever would leave it behind: scrolling, another size.
 */
export function useBeside(
  panel: Readonly<Ref<HTMLElement | null>>,
  opener: () => HTMLElement,
  align: () => 'start' | 'end',
  leave: () => void,
) {
  const place = ref({ left: '0px', top: '0px' })

  function settle(): void {
    const its = panel.value?.getBoundingClientRect()
    if (!its) return
    const by = opener().getBoundingClientRect()
    const { clientWidth: width, clientHeight: height } = document.documentElement
    const below = by.bottom + GAP_PX
    const top = below + its.height <= height - GAP_PX ? below : by.top - GAP_PX - its.height
    const left = align() === 'end' ? by.right - its.width : by.left
    place.value = {
      left: `${Math.max(GAP_PX, Math.min(left, width - its.width - GAP_PX))}px`,
      top: `${Math.max(GAP_PX, Math.min(top, height - its.height - GAP_PX))}px`,
    }
  }

  /** What opened it closes it as well, by its own click. */
  function outside(event: Event): void {
    const { target } = event
    if (target instanceof Node && !panel.value?.contains(target) && !opener().contains(target)) leave()
  }

  function scrolledAway(event: Event): void {
    if (!(event.target instanceof Node) || !panel.value?.contains(event.target)) leave()
  }

  onMounted(() => {
    settle()
    addEventListener('pointerdown', outside)
    addEventListener('resize', leave)
    addEventListener('scroll', scrolledAway, { capture: true, passive: true })
  })
  onBeforeUnmount(() => {
    removeEventListener('pointerdown', outside)
    removeEventListener('resize', leave)
    removeEventListener('scroll', scrolledAway, { capture: true })
  })

  return { place, settle }
}
