import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

const MUTED = 'chatire.muted'

/** What this browser remembers of one's taste. Nothing secret, nothing of anybody's chats. */
export const usePreferences = defineStore('preferences', () => {
  const muted = ref(read(MUTED) === '1')
  watch(muted, (now) => write(MUTED, now ? '1' : null))
  return { muted }
})

// Storage may be forbidden by the browser's settings: then the preference lasts as long as the page.
function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    return
  }
}
