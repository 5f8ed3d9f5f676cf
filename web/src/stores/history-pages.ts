import type { Api } from '@/http/api'
import { loadNotes } from '@/timeline/history-notes'
import { trimmed, withHistory, withNotes, type Side } from '@/timeline/timeline'
import type { ChatUri, History, MessageId, Seq, User } from '@/wire/types'
import type { ChatState } from './chat-state'

const PAGE = 50

interface Around {
  api: Api
  states: ReadonlyMap<ChatUri, ChatState>
  update(uri: ChatUri, change: Partial<ChatState>): void
  /** The chat was read up to here. */
  follow(uri: ChatUri, seq: Seq): void
  /** Changes when somebody else signs in. */
  era(): number
}

/** Brings pages of history into the timelines. All reject when a page can't be had. */
export function historyPages({ api, states, update, follow, era }: Around) {
  async function loadNewest(uri: ChatUri, self: User): Promise<void> {
    const page = await load(uri, self, 'newest', {})
    if (page) follow(uri, page.seq)
  }

  /** Where one goes on reading: the newest page, or the part around what one has read if it is longer ago. */
  async function loadUnread(uri: ChatUri, self: User): Promise<void> {
    const { unread = 0, read_seq = 0 } = states.get(uri)?.chat ?? {}
    await (unread < PAGE || read_seq === 0 ? loadNewest(uri, self) : loadPart(uri, read_seq, self))
  }

  /** The part around this position. */
  async function loadPart(uri: ChatUri, around: Seq, self: User): Promise<void> {
    const page = await load(uri, self, 'around', { around })
    if (page) follow(uri, page.seq)
  }

  async function loadOlder(uri: ChatUri, self: User): Promise<void> {
    const before = states.get(uri)?.timeline.older
    if (before !== undefined) await load(uri, self, 'older', { before })
  }

  async function loadNewer(uri: ChatUri, self: User): Promise<void> {
    const after = states.get(uri)?.timeline.newer
    if (after !== undefined) await load(uri, self, 'newer', { after })
  }

  /** Makes sure that the message is among the entries. Rejects when there is none, or none any more. */
  async function loadAround(uri: ChatUri, id: MessageId, self: User): Promise<void> {
    const here = states.get(uri)?.timeline
    if (here?.entries.some((entry) => entry.kind === 'message' && entry.message.id === id)) return
    const { seq } = await api.message(uri, id)
    await loadPart(uri, seq, self)
  }

  /** A page of history, and what else happened in that part of the chat. Null if nobody wants it any more. */
  async function load(
    uri: ChatUri,
    self: User,
    side: Side,
    which: { before?: Seq; after?: Seq; around?: Seq },
  ): Promise<History | null> {
    const of = era()
    const before = states.get(uri)?.timeline
    const page = await api.history(uri, { limit: PAGE, ...which })
    const first = page.messages[0]?.seq
    const last = page.messages.at(-1)?.seq
    const atStart = side === 'newer' || (side === 'around' ? page.previous : page.next) !== undefined
    const atEnd = side === 'newest' || (side !== 'older' && page.next === undefined)
    const from = which.after !== undefined ? which.after + 1 : atStart ? (first ?? page.seq + 1) : 1
    const to = which.before !== undefined ? which.before - 1 : atEnd ? page.seq : (last ?? 0)
    const notes = await loadNotes(api, page, from, to)
    const now = states.get(uri)?.timeline
    if (of !== era() || !now) return null
    // Another page took its place meanwhile.
    if (side === 'older' && now.older !== before?.older) return null
    if (side === 'newer' && now.newer !== before?.newer) return null
    update(uri, { timeline: withNotes(withHistory(now, page, self, side), notes) })
    return page
  }

  /** Somebody reads at the other end: what is far away need not be kept. */
  function trim(uri: ChatUri, from: 'top' | 'end'): void {
    const state = states.get(uri)
    if (state) update(uri, { timeline: trimmed(state.timeline, from) })
  }

  return { loadNewest, loadUnread, loadPart, loadOlder, loadNewer, loadAround, trim }
}
