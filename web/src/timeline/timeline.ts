import type { ClientId, EventFrame, History, Message, MessageId, Seq, Timestamp, User } from '@/wire/types'
import { changed, emptied, isChange, type Change, type Known } from './changes'
import { noteOf, type Note } from './notes'

interface Place {
  seq: Seq
  at: Timestamp
}

type Spoken = { kind: 'message' } & Place & Known

/** Something that happened in a chat and has its place in it. */
export type Entry = Spoken | (Note & Place)

/** What one has said oneself and is not yet among the entries. */
export interface Pending {
  clientId: ClientId
  text: string
  at: Timestamp
  /** `sent`: committed, but not come back yet. */
  state: 'sending' | 'sent' | 'failed'
  reason?: string
  replyTo?: MessageId
}

/** A chat as far as it is known here. A value: each function below makes a new one. */
export interface Timeline {
  /** By `seq`, each once. */
  entries: readonly Entry[]
  pending: readonly Pending[]
  /** Messages that are answered by others here and may not be among the entries. */
  answered: ReadonlyMap<MessageId, Known>
  /** The last changes to messages that are not here: a page of before them may still be on its way. */
  late: readonly Change[]
  /** Where older history goes on; undefined at the beginning of the chat, or before anything was loaded. */
  older: Seq | undefined
  /** Where newer history goes on, when the entries end before the chat does; undefined at its end. */
  newer: Seq | undefined
  /** What came in meanwhile beyond that, the last part of it. */
  ahead: readonly Entry[]
  loaded: boolean
}

export const emptyTimeline: Timeline = {
  entries: [],
  pending: [],
  answered: new Map(),
  late: [],
  older: undefined,
  newer: undefined,
  ahead: [],
  loaded: false,
}

/** More than happens to old messages while a page is on its way. */
const MOST_LATE = 500
/** More than is said while a page is on its way. */
const MOST_AHEAD = 500
/** Entries that are kept of one chat; what is further away is fetched again when somebody comes back to it. */
const MOST_KEPT = 1_200
/** So many are left when it became too many: rarely enough to be cheap. */
const KEPT = 800

export function entryOf(event: EventFrame): Entry | null {
  const { seq, at } = event
  if (event.kind === 'message.created') return { kind: 'message', seq, at, message: event.data, upTo: seq }
  const note = noteOf(event)
  // Changes have no place of their own, and a newer server's events nothing to show.
  return note && { ...note, seq, at }
}

/** Where a page of history belongs. */
export type Side = 'newest' | 'older' | 'newer' | 'around'

/**
 * A page of history. It is true up to `page.seq`, whatever came by events before.
 *
 * `newest`: read anew, with what came in after it; what is older may have a gap to it, and is let go. `older` and
 * `newer`: go on where the entries begin or end. `around`: somewhere else; the entries from before are let go.
 */
export function withHistory(timeline: Timeline, page: History, self: User, side: Side = 'older'): Timeline {
  const entries = entriesOf(page, timeline, self)
  const answered = answeredBy(page, timeline, self)
  const whole = { ...timeline, answered, loaded: true }
  if (side === 'older')
    return settle({ ...whole, entries: merge(timeline.entries, entries), older: page.next }, self)
  const older = side === 'newer' ? timeline.older : side === 'around' ? page.previous : page.next
  const newer = side === 'newest' ? undefined : page.next
  const before = side === 'newer' ? timeline.entries : []
  return settle(
    { ...joined({ ...whole, entries: merge(before, entries), newer }, timeline, page), older },
    self,
  )
}

/** At the chat's end what came in by events follows the page, if nothing of it was let go meanwhile. */
function joined(timeline: Timeline, before: Timeline, page: History): Timeline {
  if (timeline.newer !== undefined)
    return { ...timeline, ahead: before.newer === undefined ? [] : before.ahead }
  const known = before.newer === undefined ? before.entries : before.ahead
  const from = page.messages[0]?.seq ?? Infinity
  const after = known.filter(
    (entry) =>
      entry.seq > page.seq || (entry.kind === 'message' && entry.seq >= from && entry.upTo > page.seq),
  )
  if (
    before.newer !== undefined &&
    before.ahead.length >= MOST_AHEAD &&
    (before.ahead[0]?.seq ?? 0) > page.seq + 1
  ) {
    return { ...timeline, newer: page.seq, ahead: before.ahead }
  }
  return { ...timeline, entries: merge(timeline.entries, after), ahead: [] }
}

function entriesOf(page: History, timeline: Timeline, self: User): Spoken[] {
  return page.messages.map((message): Spoken => {
    const { seq, at } = message
    return { kind: 'message', seq, at, ...knownNow(message, page, timeline, self) }
  })
}

function answeredBy(page: History, timeline: Timeline, self: User): Map<MessageId, Known> {
  const answered = new Map(timeline.answered)
  for (const message of page.answered ?? []) {
    const known = answered.get(message.id)
    if (!known || known.upTo < page.seq) answered.set(message.id, knownNow(message, page, timeline, self))
  }
  return answered
}

function knownNow(message: Message, page: History, timeline: Timeline, self: User): Known {
  return timeline.late.reduce(
    (known, change) => (change.data.id === message.id ? changed(known, change, self) : known),
    { message, upTo: page.seq },
  )
}

/** What stands between the messages of a page, where the page is already. */
export function withNotes(timeline: Timeline, events: readonly EventFrame[]): Timeline {
  const notes = events.flatMap((event) => entryOf(event) ?? [])
  return notes.length > 0 ? { ...timeline, entries: merge(timeline.entries, notes) } : timeline
}

/** Lets go of what is furthest from where somebody reads, once there is too much. */
export function trimmed(timeline: Timeline, from: 'top' | 'end'): Timeline {
  const { entries } = timeline
  if (entries.length <= MOST_KEPT) return timeline
  if (from === 'top') {
    const kept = entries.slice(-KEPT)
    return { ...timeline, entries: kept, older: kept[0]?.seq }
  }
  const kept = entries.slice(0, KEPT)
  return { ...timeline, entries: kept, newer: kept.at(-1)?.seq, ahead: [] }
}

/** What just happened. */
export function withEvents(timeline: Timeline, events: readonly EventFrame[], self: User): Timeline {
  const fresh = events.flatMap((event) => entryOf(event) ?? [])
  const changes = events.filter(isChange)
  let after = timeline
  if (fresh.length > 0 && timeline.newer !== undefined) {
    after = settleBy({ ...after, ahead: merge(after.ahead, fresh).slice(-MOST_AHEAD) }, fresh, self)
  } else if (fresh.length > 0) after = settle({ ...after, entries: merge(after.entries, fresh) }, self)
  if (changes.length > 0) after = withChanges(after, changes, self)
  return after
}

/** What just happened in a chat of which no entries are kept: what one has said oneself has come back. */
export function withEventsUnkept(timeline: Timeline, events: readonly EventFrame[], self: User): Timeline {
  if (timeline.pending.length === 0) return timeline
  return settleBy(
    timeline,
    events.flatMap((event) => entryOf(event) ?? []),
    self,
  )
}

function withChanges(timeline: Timeline, changes: readonly Change[], self: User): Timeline {
  const entries = [...timeline.entries]
  const ahead = [...timeline.ahead]
  const answered = new Map(timeline.answered)
  const late = [...timeline.late]
  for (const change of changes) {
    const { id, of } = change.data
    const quoted = answered.get(id)
    if (quoted) answered.set(id, changed(quoted, change, self))
    const found = [entries, ahead].some((list) => {
      const index = indexOf(list, of)
      const entry = list[index]
      if (entry?.kind === 'message') list[index] = { ...entry, ...changed(entry, change, self) }
      return entry !== undefined
    })
    if (!found) late.push(change)
  }
  return { ...timeline, entries, ahead, answered, late: late.slice(-MOST_LATE) }
}

/** One's own edit was answered: as good as its event, which may come later. */
export function withEdit(timeline: Timeline, answer: Message): Timeline {
  return withMessage(timeline, answer.seq, (message) =>
    // Microseconds in UTC in one form: the order of the texts is the order of the times.
    message.message === null || (message.edited_at ?? '') >= (answer.edited_at ?? '')
      ? message
      : { ...message, message: answer.message, mentions: answer.mentions, edited_at: answer.edited_at },
  )
}

/** One's own deletion was answered. Nothing can happen to the message after that. */
export function withDeletion(timeline: Timeline, seq: Seq): Timeline {
  return withMessage(timeline, seq, emptied)
}

function withMessage(timeline: Timeline, seq: Seq, change: (message: Message) => Message): Timeline {
  const index = indexOf(timeline.entries, seq)
  const entry = timeline.entries[index]
  if (entry?.kind !== 'message') return timeline
  const entries = [...timeline.entries]
  entries[index] = { ...entry, message: change(entry.message) }
  return { ...timeline, entries }
}

/** The message, wherever it is kept. */
export function messageIn(timeline: Timeline, id: MessageId): Message | undefined {
  const entry = timeline.entries.find((entry) => entry.kind === 'message' && entry.message.id === id)
  return entry?.kind === 'message' ? entry.message : timeline.answered.get(id)?.message
}

/** What is among the entries already is not said a second time. */
export function withPending(timeline: Timeline, pending: Pending, self: User): Timeline {
  const others = timeline.pending.filter((p) => p.clientId !== pending.clientId)
  return settle({ ...timeline, pending: [...others, pending] }, self)
}

export function withPendingState(timeline: Timeline, clientId: ClientId, change: Partial<Pending>): Timeline {
  return {
    ...timeline,
    pending: timeline.pending.map((p) => (p.clientId === clientId ? { ...p, ...change } : p)),
  }
}

export function withoutPending(timeline: Timeline, clientId: ClientId): Timeline {
  return { ...timeline, pending: timeline.pending.filter((p) => p.clientId !== clientId) }
}

/** Two lists in order become one, each `seq` once, of messages the newer state. The common case, news at the end, costs
 * nothing but a copy. */
function merge(known: readonly Entry[], more: readonly Entry[]): readonly Entry[] {
  const first = more[0]
  if (first === undefined) return known
  const last = known.at(-1)
  if (last === undefined || last.seq < first.seq) return [...known, ...more]
  const bySeq = new Map<Seq, Entry>()
  for (const entry of known) bySeq.set(entry.seq, entry)
  for (const entry of more) {
    const before = bySeq.get(entry.seq)
    if (!before || stateOf(before) < stateOf(entry)) bySeq.set(entry.seq, entry)
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

function stateOf(entry: Entry): Seq {
  return entry.kind === 'message' ? entry.upTo : entry.seq
}

/** Where the entry of this position is; -1 if it is not here. */
function indexOf(entries: readonly Entry[], seq: Seq): number {
  let low = 0
  let high = entries.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const at = entries[middle]?.seq ?? 0
    if (at === seq) return middle
    if (at < seq) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** What has come back is pending no more: one's own message appears once, whichever way it came first. */
function settle(timeline: Timeline, self: User): Timeline {
  return settleBy(timeline, timeline.entries, self)
}

function settleBy(timeline: Timeline, by: readonly Entry[], self: User): Timeline {
  if (timeline.pending.length === 0) return timeline
  const mine = new Set<ClientId>()
  for (const entry of by) {
    if (entry.kind !== 'message' || entry.message.user.id !== self.id) continue
    if (entry.message.client_id !== undefined) mine.add(entry.message.client_id)
  }
  const pending = timeline.pending.filter((p) => !mine.has(p.clientId))
  return pending.length === timeline.pending.length ? timeline : { ...timeline, pending }
}
