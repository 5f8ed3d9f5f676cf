import { defineStore } from 'pinia'
import { ref, watch, type Ref } from 'vue'
import { isLocale, preferredLocale, speak, type Locale } from '@/i18n'
import type { Emoji } from '@/wire/types'

/** Two rows of them. */
const MOST_RECENT = 16

/** What this browser remembers of one's taste. Nothing secret, nothing of anybody's chats. */
export const usePreferences = defineStore('preferences', () => {
  const muted = kept(
    'muted',
    (text) => text === '1',
    (on) => (on ? '1' : null),
  )
  const locale = kept<Locale>(
    'locale',
    (text) => (isLocale(text) ? text : preferredLocale()),
    (chosen) => (chosen === preferredLocale() ? null : chosen),
  )
  const recentEmoji = kept<Emoji[]>(
    'emoji',
    (text) => (text ?? '').split(' ').filter(Boolean),
    (emoji) => (emoji.length > 0 ? emoji.join(' ') : null),
  )
  function usedEmoji(emoji: Emoji): void {
    recentEmoji.value = [emoji, ...recentEmoji.value.filter((one) => one !== emoji)].slice(0, MOST_RECENT)
  }
  watch(locale, speak)
  /** Resolves when the texts of one's language are there. */
  const spoken = locale.value === 'en' ? Promise.resolve() : speak(locale.value)
  return { muted, locale, spoken, recentEmoji, usedEmoji }
})

/** A value that is still there after a reload. `write` answers null for what need not be kept. */
function kept<T>(name: string, read: (text: string | null) => T, write: (value: T) => string | null): Ref<T> {
  const key = `chatire.${name}`
  const value = ref(read(stored(key))) as Ref<T>
  watch(value, (now) => store(key, write(now)))
  return value
}

// Storage may be forbidden by the browser's settings: then the preference lasts as long as the page.
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function store(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    return
  }
}
