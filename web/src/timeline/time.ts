import { currentLocale, t } from '@/i18n'
import type { Timestamp } from '@/wire/types'

const DAY_MS = 86_400_000

const FORMATS = {
  clock: { hour: 'numeric', minute: '2-digit' },
  weekday: { weekday: 'long' },
  shortWeekday: { weekday: 'short' },
  thisYear: { weekday: 'short', day: 'numeric', month: 'long' },
  otherYear: { day: 'numeric', month: 'long', year: 'numeric' },
  short: { day: 'numeric', month: 'short' },
  full: { dateStyle: 'full', timeStyle: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

/** Making one is slow, and each message needs some. */
const made = new Map<string, Intl.DateTimeFormat>()

function format(as: keyof typeof FORMATS, date: Date): string {
  const locale = currentLocale()
  const key = `${locale} ${as}`
  let known = made.get(key)
  if (!known) made.set(key, (known = new Intl.DateTimeFormat(regional(locale), FORMATS[as])))
  return known.format(date)
}

/** English is written differently in different countries: the browser knows which one is meant. */
function regional(locale: string): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === locale) ?? locale
}

/** A calendar day here, not in UTC: its name, equal for equal days, and where it begins and ends in milliseconds since 1970. */
export interface Day {
  name: string
  from: number
  to: number
}

export function dayOf(ms: number): Day {
  const date = new Date(ms)
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()]
  const midnight = (day: number): number => new Date(year, month, day).getTime()
  return { name: `${year}-${month + 1}-${day}`, from: midnight(day), to: midnight(day + 1) }
}

/** Whole days from that day's midnight to today's: 0 is today. */
function daysAgo(at: Timestamp, now: Date): number {
  const midnight = (date: Date): number =>
    new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
  return Math.round((midnight(now) - midnight(new Date(at))) / DAY_MS)
}

export function timeText(at: Timestamp): string {
  return format('clock', new Date(at))
}

export function fullText(at: Timestamp): string {
  return format('full', new Date(at))
}

/** For the line between two days. */
export function dayText(at: Timestamp, now = new Date()): string {
  const days = daysAgo(at, now)
  const date = new Date(at)
  if (days === 0) return t('chat.today')
  if (days === 1) return t('chat.yesterday')
  if (days > 1 && days < 7) return format('weekday', date)
  return format(date.getFullYear() === now.getFullYear() ? 'thisYear' : 'otherYear', date)
}

/** For the list of chats, where there is little room. */
export function briefText(at: Timestamp, now = new Date()): string {
  const days = daysAgo(at, now)
  if (days <= 0) return timeText(at)
  if (days === 1) return t('chat.yesterday')
  return format(days < 7 ? 'shortWeekday' : 'short', new Date(at))
}

/** In which day, and when: for what happened once. */
export function dayAndTimeText(at: Timestamp, now = new Date()): string {
  return t('general.dayAndTime', { day: dayText(at, now), time: timeText(at) })
}
