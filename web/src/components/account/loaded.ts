import { onBeforeUnmount, ref, shallowRef, type ShallowRef } from 'vue'
import { sentenceOf } from '@/http/sentences'
import { SignedOut } from '@/session/session'

/** Something that the server is asked for when it is shown, and again when it may have changed. */
export function useLoaded<T>(load: () => Promise<T>) {
  const value: ShallowRef<T | null> = shallowRef(null)
  const trouble = ref('')
  let asked = 0
  onBeforeUnmount(() => (asked = -1))

  /** Never rejects. What is there stays until the answer is. */
  async function reload(): Promise<void> {
    const mine = (asked += 1)
    trouble.value = ''
    try {
      const loaded = await load()
      if (mine === asked) value.value = loaded
    } catch (error) {
      if (mine === asked && !(error instanceof SignedOut)) trouble.value = sentenceOf(error)
    }
  }
  void reload()

  return { value, trouble, reload }
}
