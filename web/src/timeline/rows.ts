import type { Message, MessageId, MessageText, Seq, Timestamp, User, UserId } from '@/wire/types'
import { noteText } from './notes'
import { dayOf, timeText, type Day } from './time'
import type { Pending, Timeline } from './timeline'

/** Later than this after the one before, a message starts a new group although the same person said it. */
const GROUP_MS = 5 * 60_000

/** What is answered. */
export interface Quote {
  id: MessageId
  /** Null when it is not known here. */
  message: Message | null
  /** It stands further up and can be gone to. */
  here: boolean
}

export interface Said {
  kind: 'said'
  /** Stays the same while a message goes from pending to committed, so that its bubble does not flicker. */
  key: string
  user: User
  own: boolean
  /** Null once it is deleted. */
  text: MessageText | null
  at: Timestamp
  /** The first and last of what one person said in a row. */
  first: boolean
  last: boolean
  /** At the head of a group, unless the time is still the one that was shown last. */
  time: string | null
  quote: Quote | null
  message: Message | null
  pending: Pending | null
}

export type Row =
  | { kind: 'day'; key: string; at: Timestamp }
  | { kind: 'note'; key: string; text: string }
  /** Below it is what one has not read. */
  | { kind: 'new'; key: string }
  /** The chat's own beginning. */
  | { kind: 'beginning'; key: string }
  | Said

export interface RowOptions {
  /** Nobody comes to a direct chat later. */
  direct?: boolean
  /** What others said after this is new. */
  readUpTo?: Seq
  /** Something stands at the beginning of the chat. */
  beginning?: boolean
}

/** What is on the screen, from top to bottom. */
export function rowsOf(timeline: Timeline, self: User, options: RowOptions = {}): Row[] {
  const { direct = false, readUpTo = Infinity, beginning = false } = options
  const rows: Row[] = []
  if (beginning && timeline.older === undefined) rows.push({ kind: 'beginning', key: 'beginning' })
  let newBegun = false
  let day: Day | null = null
  let before: Said | null = null
  let beforeMs = 0
  let shownTime = ''

  const beginDay = (at: Timestamp, ms: number): void => {
    // Asked for every row of a long chat whenever anything happens: what a day is costs more than to look whether it is over.
    if (day && ms >= day.from && ms < day.to) return
    day = dayOf(ms)
    before = null
    shownTime = ''
    rows.push({ kind: 'day', key: `day ${day.name}`, at })
  }
  const say = (row: Said): void => {
    const ms = Date.parse(row.at)
    beginDay(row.at, ms)
    if (before && before.user.id === row.user.id && ms - beforeMs < GROUP_MS) {
      before.last = false
      row.first = false
    } else {
      const time = timeText(row.at)
      if (time !== shownTime) row.time = shownTime = time
    }
    before = row
    beforeMs = ms
    rows.push(row)
  }
  const quoteOf = quoting(timeline)

  for (const entry of timeline.entries) {
    if (direct && entry.kind === 'joined' && entry.seq > 1) continue
    if (entry.kind !== 'message') {
      beginDay(entry.at, Date.parse(entry.at))
      before = null
      rows.push({ kind: 'note', key: `seq ${entry.seq}`, text: noteText(entry, self, entry.seq === 1) })
      continue
    }
    const { message } = entry
    const { user, at } = message
    if (!newBegun && entry.seq > readUpTo && user.id !== self.id) {
      newBegun = true
      beginDay(at, Date.parse(at))
      before = null
      rows.push({ kind: 'new', key: 'new' })
    }
    say({
      ...whole,
      key: keyOf(user.id, message.client_id ?? `seq ${entry.seq}`),
      user,
      own: user.id === self.id,
      text: message.message,
      at,
      quote: message.message === null ? null : quoteOf(message.reply_to),
      message,
      pending: null,
    })
  }
  // What is said stands at the end of the chat, which may not be here.
  for (const pending of timeline.newer === undefined ? timeline.pending : []) {
    const { text, at } = pending
    say({
      ...whole,
      key: keyOf(self.id, pending.clientId),
      user: self,
      own: true,
      text,
      at,
      quote: quoteOf(pending.replyTo),
      message: null,
      pending,
    })
  }
  return rows
}

const whole = { kind: 'said', first: true, last: true, time: null } as const

function quoting(timeline: Timeline): (id: MessageId | undefined) => Quote | null {
  let here: Map<MessageId, Message> | null = null
  return (id) => {
    if (id === undefined) return null
    here ??= new Map(
      timeline.entries.flatMap((entry) =>
        entry.kind === 'message' ? [[entry.message.id, entry.message]] : [],
      ),
    )
    const message = here.get(id)
    return message
      ? { id, message, here: true }
      : { id, message: timeline.answered.get(id)?.message ?? null, here: false }
  }
}

function keyOf(user: UserId, name: string): string {
  return `${user} ${name}`
}
