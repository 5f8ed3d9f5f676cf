import type { Timestamp } from '@/wire/types'

const DAY_MS = 86_400_000
const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' })
const shortWeekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' })
const thisYear = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'long' })
const otherYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })

/** The calendar day here, not in UTC. Equal for equal days. */
export function dayOf(at: Timestamp): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}

/** Whole days from that day's midnight to today's: 0 is today. */
function daysAgo(at: Timestamp, now: Date): number {
  const midnight = (date: Date): number =>
    new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
  return Math.round((midnight(now) - midnight(new Date(at))) / DAY_MS)
}

export function timeText(at: Timestamp): string {
  return clock.format(new Date(at))
}

export function fullText(at: Timestamp): string {
  return full.format(new Date(at))
}

/** For the line between two days. */
export function dayText(at: Timestamp, now = new Date()): string {
  const days = daysAgo(at, now)
  const date = new Date(at)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  if (days > 1 && days < 7) return weekday.format(date)
  return date.getFullYear() === now.getFullYear() ? thisYear.format(date) : otherYear.format(date)
}

/** For the list of chats, where there is little room. */
export function briefText(at: Timestamp, now = new Date()): string {
  const days = daysAgo(at, now)
  if (days <= 0) return timeText(at)
  if (days === 1) return 'Yesterday'
  return (days < 7 ? shortWeekday : short).format(new Date(at))
}
