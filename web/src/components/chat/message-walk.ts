import { computed, nextTick, onBeforeUnmount, ref, type Ref } from 'vue'
import type { Row, Said } from '@/timeline/rows'
import type { MessageId } from '@/wire/types'

const LIT_MS = 1_600

interface Scrolling {
  bring(key: string): void
  drawn(isSo: () => boolean): Promise<void>
}

/** Going from message to message: by the keyboard, or to one that was asked for. */
export function useMessageWalk(
  scroller: Readonly<Ref<HTMLElement | null>>,
  rows: Readonly<Ref<readonly Row[]>>,
  { bring, drawn }: Scrolling,
) {
  /** Tab stops at one message only; from there the arrows lead to the others. */
  const stop = ref<MessageId>()
  const reachable = computed(() => {
    const open = rows.value.filter(
      (row): row is Said => row.kind === 'said' && row.message !== null && row.text !== null,
    )
    return (open.find((row) => row.message?.id === stop.value) ?? open.at(-1))?.message?.id
  })
  /** What has the focus must not be taken away because it is off the screen. */
  const kept = computed(() => {
    const index = rows.value.findIndex((row) => row.kind === 'said' && row.message?.id === reachable.value)
    return index < 0 ? [] : [index]
  })

  function rowOf(id: MessageId): Said | undefined {
    return rows.value.find((row): row is Said => row.kind === 'said' && row.message?.id === id)
  }

  function walk(event: KeyboardEvent): void {
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
    const here = event.target instanceof Element && event.target.closest('.more')
    if (step === 0 || !here) return
    const all = [...(scroller.value?.querySelectorAll<HTMLElement>('.more') ?? [])]
    const next = all[all.indexOf(here as HTMLElement) + step]
    if (!next) return
    event.preventDefault()
    stop.value = Number(next.closest<HTMLElement>('[data-message]')?.dataset['message'])
    next.focus()
  }

  const lit = ref<MessageId>()
  let timer: ReturnType<typeof setTimeout> | undefined
  onBeforeUnmount(() => clearTimeout(timer))

  /** Goes to a message that is here, and shows which one it is. */
  async function show(id: MessageId): Promise<void> {
    await nextTick()
    const row = rowOf(id)
    if (!row) return
    bring(row.key)
    const element = (): HTMLElement | null =>
      scroller.value?.querySelector<HTMLElement>(`[data-message="${id}"]`) ?? null
    await drawn(() => element() !== null)
    stop.value = id
    lit.value = id
    clearTimeout(timer)
    timer = setTimeout(() => (lit.value = undefined), LIT_MS)
    await nextTick()
    element()?.querySelector<HTMLElement>('.more')?.focus({ preventScroll: true })
  }

  return { stop, reachable, kept, rowOf, walk, lit, show }
}
