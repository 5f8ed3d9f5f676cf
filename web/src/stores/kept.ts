import { ref, watch, type Ref } from 'vue'

/** A value that is still there after a reload. `write` answers null for what need not be kept. Nothing secret. */
export function kept<T>(
  name: string,
  read: (text: string | null) => T,
  write: (value: T) => string | null,
): Ref<T> {
  const value = ref(read(recall(name))) as Ref<T>
  watch(value, (now) => keep(name, write(now)))
  return value
}

// Storage may be forbidden by the browser's settings: then things last as long as the page.
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`chatire.${name}`)
  } catch {
    return null
  }
}

export function keep(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`chatire.${name}`)
    else localStorage.setItem(`chatire.${name}`, value)
  } catch {
    return
  }
}
