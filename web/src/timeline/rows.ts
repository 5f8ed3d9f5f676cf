import type { Message, MessageText, Timestamp, User, UserId } from '@/wire/types'
import { dayOf, timeText } from './time'
import type { Pending, Timeline } from './timeline'

/** Later than this after the one before, a message starts a new group although the same person said it. */
const GROUP_MS = 5 * 60_000

export interface Said {
  kind: 'said'
  /** Stays the same while a message goes from pending to committed, so that its bubble does not flicker. */
  key: string
  user: User
  own: boolean
  text: MessageText
  at: Timestamp
  /** The first and last of what one person said in a row. */
  first: boolean
  last: boolean
  /** At the head of a group, unless the time is still the one that was shown last. */
  time: string | null
  message: Message | null
  pending: Pending | null
}

export type Row =
  | { kind: 'day'; key: string; at: Timestamp }
  | { kind: 'joined'; key: string; user: User; started: boolean }
  | Said

/** What is on the screen, from top to bottom. */
export function rowsOf(timeline: Timeline, self: User): Row[] {
  const rows: Row[] = []
  let day = ''
  let before: Said | null = null
  let shownTime = ''

  const beginDay = (at: Timestamp): void => {
    const its = dayOf(at)
    if (its === day) return
    day = its
    before = null
    shownTime = ''
    rows.push({ kind: 'day', key: `day ${its}`, at })
  }
  const say = (row: Said): void => {
    beginDay(row.at)
    if (before && before.user.id === row.user.id && gap(before, row) < GROUP_MS) {
      before.last = false
      row.first = false
    }
    const time = timeText(row.at)
    if (row.first && time !== shownTime) row.time = shownTime = time
    before = row
    rows.push(row)
  }

  for (const entry of timeline.entries) {
    if (entry.kind === 'joined') {
      beginDay(entry.at)
      before = null
      rows.push({ kind: 'joined', key: `seq ${entry.seq}`, user: entry.user, started: entry.seq === 1 })
      continue
    }
    const { message } = entry
    const { user, at } = message
    const key = keyOf(user.id, message.client_id ?? `seq ${entry.seq}`)
    say({ ...whole, key, user, own: user.id === self.id, text: message.message, at, message, pending: null })
  }
  for (const pending of timeline.pending) {
    const { text, at } = pending
    say({
      ...whole,
      key: keyOf(self.id, pending.clientId),
      user: self,
      own: true,
      text,
      at,
      message: null,
      pending,
    })
  }
  return rows
}

const whole = { kind: 'said', first: true, last: true, time: null } as const

function keyOf(user: UserId, name: string): string {
  return `${user} ${name}`
}

function gap(a: Said, b: Said): number {
  return Date.parse(b.at) - Date.parse(a.at)
}
