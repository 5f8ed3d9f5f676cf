import { defineStore } from 'pinia'
import { watch, watchEffect } from 'vue'
import { isLocale, preferredLocale, speak, type Locale } from '@/i18n'
import type { Emoji } from '@/wire/types'
import { kept } from './kept'

const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const LOUDNESS = 60
/** Two rows of them. */
const MOST_RECENT = 16

/** What this browser remembers of one's taste. Nothing secret, nothing of anybody's chats. */
export const usePreferences = defineStore('preferences', () => {
  const muted = kept('muted', isSet, ifSet)
  /** From 0 to 100. */
  const volume = kept(
    'volume',
    (text) => (text !== null && /^\d{1,3}$/.test(text) ? Math.min(100, Number(text)) : LOUDNESS),
    (loud) => (loud === LOUDNESS ? null : String(loud)),
  )
  /** One wants to be notified; whether the browser allows it is another question. */
  const notified = kept('notified', isSet, ifSet)
  const doNotDisturb = kept('quiet', isSet, ifSet)
  const theme = kept<Theme>(
    'theme',
    (text) => THEMES.find((theme) => theme === text) ?? 'system',
    (theme) => (theme === 'system' ? null : theme),
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
  watchEffect(() => (document.documentElement.dataset['theme'] = theme.value))
  /** Resolves when the texts of one's language are there. */
  const spoken = locale.value === 'en' ? Promise.resolve() : speak(locale.value)

  return { muted, volume, notified, doNotDisturb, theme, locale, spoken, recentEmoji, usedEmoji }
})

function isSet(text: string | null): boolean {
  return text === '1'
}

function ifSet(on: boolean): string | null {
  return on ? '1' : null
}
