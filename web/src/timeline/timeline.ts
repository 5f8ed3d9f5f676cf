import type { ClientId, EventFrame, History, Message, Seq, Timestamp, User } from '@/wire/types'

/** Something that happened in a chat and has its place in it. */
export type Entry =
  | { kind: 'message'; seq: Seq; at: Timestamp; message: Message }
  | { kind: 'joined'; seq: Seq; at: Timestamp; user: User }

/** What one has said oneself and is not yet among the entries. */
export interface Pending {
  clientId: ClientId
  text: string
  at: Timestamp
  /** `sent`: committed, but not come back yet. */
  state: 'sending' | 'sent' | 'failed'
  reason?: string
}

/** A chat as far as it is known here. A value: each function below makes a new one. */
export interface Timeline {
  /** By `seq`, each once. */
  entries: readonly Entry[]
  pending: readonly Pending[]
  /** Where older history goes on; undefined at the beginning of the chat, or before anything was loaded. */
  older: Seq | undefined
  loaded: boolean
}

export const emptyTimeline: Timeline = { entries: [], pending: [], older: undefined, loaded: false }

export function entryOf(event: EventFrame): Entry | null {
  const { seq, at } = event
  switch (event.kind) {
    case 'message.created':
      return { kind: 'message', seq, at, message: event.data }
    case 'member.joined':
      return { kind: 'joined', seq, at, user: event.data.user }
    default:
      // A newer server's events have their place in the order, but nothing to show.
      return null
  }
}

/** A page of history, the newest or an older one. */
export function withHistory(timeline: Timeline, page: History, self: User): Timeline {
  const entries = page.messages.map((message): Entry => ({
    kind: 'message',
    seq: message.seq,
    at: message.at,
    message,
  }))
  return settle(
    { ...timeline, entries: merge(timeline.entries, entries), older: page.next, loaded: true },
    self,
  )
}

/** What just happened. */
export function withEvents(timeline: Timeline, events: readonly EventFrame[], self: User): Timeline {
  const entries = events.flatMap((event) => entryOf(event) ?? [])
  if (entries.length === 0) return timeline
  return settle({ ...timeline, entries: merge(timeline.entries, entries) }, self)
}

export function withPending(timeline: Timeline, pending: Pending): Timeline {
  return {
    ...timeline,
    pending: [...timeline.pending.filter((p) => p.clientId !== pending.clientId), pending],
  }
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

/** Two lists in order become one, each `seq` once. The common case, news at the end, costs nothing but a copy. */
function merge(known: readonly Entry[], more: readonly Entry[]): readonly Entry[] {
  const first = more[0]
  if (first === undefined) return known
  const last = known.at(-1)
  if (last === undefined || last.seq < first.seq) return [...known, ...more]
  const bySeq = new Map<Seq, Entry>()
  for (const entry of known) bySeq.set(entry.seq, entry)
  for (const entry of more) if (!bySeq.has(entry.seq)) bySeq.set(entry.seq, entry)
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

/** What has come back is pending no more: one's own message appears once, whichever way it came first. */
function settle(timeline: Timeline, self: User): Timeline {
  if (timeline.pending.length === 0) return timeline
  const mine = new Set<ClientId>()
  for (const entry of timeline.entries) {
    if (entry.kind !== 'message' || entry.message.user.id !== self.id) continue
    if (entry.message.client_id !== undefined) mine.add(entry.message.client_id)
  }
  const pending = timeline.pending.filter((p) => !mine.has(p.clientId))
  return pending.length === timeline.pending.length ? timeline : { ...timeline, pending }
}
