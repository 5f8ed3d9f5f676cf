import { createI18n } from 'vue-i18n'
import en from './en'

/** The languages there are, each by its own name. */
export const LOCALES = { en: 'English', de: 'Deutsch' } as const
export type Locale = keyof typeof LOCALES

type Texts = { [key: string]: string | Texts }
type KeyOf<T> = {
  [K in keyof T & string]: T[K] extends string ? K : T[K] extends Texts ? `${K}.${KeyOf<T[K]>}` : never
}[keyof T & string]
/** Where a text stands: `chat.leave`. */
export type Key = KeyOf<typeof en>

// English comes with the first script, so that nobody waits for it; the others when they are wanted.
const i18n = createI18n<false>({
  legacy: false,
  locale: 'en' satisfies Locale,
  fallbackLocale: false,
  messages: { en },
})
const { locale } = i18n.global

/** A text in the language of the moment; with `n` in its singular or plural. Reactive. */
export function t(key: Key, values: Record<string, unknown> = {}): string {
  const { n } = values
  return typeof n === 'number' ? i18n.global.t(key, values, n) : i18n.global.t(key, values)
}

/** Whether there is such a text, for keys that are put together from what a server says. */
export function hasText(key: string): key is Key {
  return i18n.global.te(key)
}

/** Which of the texts there is what a server said in English. */
export function keyOfEnglish(under: 'errors.weak', said: string): Key | undefined {
  const keys = Object.keys(en.errors.weak).map((name) => `${under}.${name}`)
  return keys.filter(hasText).find((key) => i18n.global.t(key, {}, { locale: 'en' }) === said)
}

/** "a, b and c". */
export function listText(parts: readonly string[]): string {
  return new Intl.ListFormat(locale.value, { style: 'long', type: 'conjunction' }).format(parts)
}

/** The language of the moment, for dates and numbers. Reactive. */
export function currentLocale(): Locale {
  return locale.value as Locale
}

export function isLocale(value: unknown): value is Locale {
  return typeof value === 'string' && value in LOCALES
}

/** The first of the browser's languages that there is here. */
export function preferredLocale(wanted: readonly string[] = navigator.languages): Locale {
  return wanted.map((tag) => tag.split('-')[0]).find(isLocale) ?? 'en'
}

/** The texts of the language are loaded before anything changes. */
export async function speak(to: Locale): Promise<void> {
  if (to === 'de' && !i18n.global.availableLocales.includes('de')) {
    const { default: texts } = await import('./de')
    i18n.global.setLocaleMessage('de', texts)
  }
  locale.value = to
  document.documentElement.lang = to
}
