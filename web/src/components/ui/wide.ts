import { onBeforeUnmount, ref, type Ref } from 'vue'

/** Whether list and chat fit side by side. The same width as in the style sheets. */
export function useWide(): Readonly<Ref<boolean>> {
  const query = matchMedia('(min-width: 52rem)')
  const wide = ref(query.matches)
  const look = (): void => void (wide.value = query.matches)
  query.addEventListener('change', look)
  onBeforeUnmount(() => query.removeEventListener('change', look))
  return wide
}
