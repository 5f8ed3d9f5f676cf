import { onBeforeUnmount, ref, type Ref } from 'vue'

/** Whether list and chat fit side by side. The same width as in the style sheets. */
export function useWide(): Readonly<Ref<boolean>> {
  return useWidth('(min-width: 52rem)')
}

/** Whether a panel fits beside both. The same width as in the style sheets. */
export function useRoomy(): Readonly<Ref<boolean>> {
  return useWidth('(min-width: 76rem)')
}

function useWidth(condition: string): Readonly<Ref<boolean>> {
  const query = matchMedia(condition)
  const fits = ref(query.matches)
  const look = (): void => void (fits.value = query.matches)
  query.addEventListener('change', look)
  onBeforeUnmount(() => query.removeEventListener('change', look))
  return fits
}
