import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowReactive, watch } from 'vue'
import { systemClock } from '@/connection/clock'
import { Api } from '@/http/api'
import { Refused } from '@/http/request'
import { byChat, departureOf, departureText, type Departure } from '@/timeline/departure'
import { nameOf, titleOf } from '@/timeline/names'
import { withAnswer, withEvent, type Summary } from '@/timeline/summary'
import { emptyTimeline, messageIn, withEvents, type Timeline } from '@/timeline/timeline'
import type { Chat, ChatLink, ChatUri, EventFrame, LinkPreview, ReadyChat, Seq, User } from '@/wire/types'
import { useAttention, type News } from './attention'
import { historyPages } from './history-pages'
import { ReadMarks } from './read-marks'
import { useSession } from './session'
import { useToasts } from './toasts'

/** A chat answers with no more members than this. */
const MOST_MEMBERS = 100
/** So often a chat is asked for again when the answer was overtaken by events. */
const MOST_ASKED = 3

export interface ChatState {
  chat: Chat
  timeline: Timeline
  /** Events are kept only of chats that one has opened; of the others the list is enough. */
  opened: boolean
}

/** What stood at the top of the screen, and how far above its edge it began. */
export interface ReadingPlace {
  key: string
  above: number
}

/** What is behind an address: a chat of one's own, or one that one may join. */
export type Found = { as: 'mine'; uri: ChatUri } | { as: 'guest'; preview: LinkPreview }

/** All chats that are known here: the list, and the timelines of those that were opened. */
export const useChats = defineStore('chats', () => {
  const session = useSession()
  const attention = useAttention()
  const toasts = useToasts()
  const api = markRaw(new Api(session.session))
  const marks = markRaw(new ReadMarks(systemClock, (uri, seq) => api.read(uri, seq)))

  /** Where one was in chats that one has left for another one. */
  const places = markRaw(new Map<ChatUri, ReadingPlace>())
  const states = shallowReactive(new Map<ChatUri, ChatState>())
  /** Chats that one is in no longer, since this page was loaded. */
  const departures = shallowReactive(new Map<ChatUri, Departure>())
  const listing = ref<'loading' | 'ready' | 'failed'>('loading')
  const nextPage = ref<string>()
  const asked = new Set<ChatUri>()
  /** The last reading of the list. */
  let listed = Promise.resolve()
  let follow: (uri: ChatUri, seq: Seq) => void = () => undefined
  let unfollow: (uri: ChatUri) => void = () => undefined
  /** Changes when somebody else signs in: what was asked for the one before must not turn up. */
  let era = 0

  const list = computed(() => [...states.values()].sort((a, b) => latest(b).localeCompare(latest(a))))

  function update(uri: ChatUri, change: Partial<ChatState>): void {
    const state = states.get(uri)
    if (state) states.set(uri, { ...state, ...change })
  }

  function learn(chat: Chat): void {
    const { uri } = chat
    // From before one left.
    if (chat.seq < (departures.get(uri)?.seq ?? 0)) return
    departures.delete(uri)
    const state = states.get(uri)
    if (state) update(uri, { chat: withAnswer(state.chat, chat) })
    else states.set(uri, { chat, timeline: emptyTimeline, opened: false })
    marks.known(uri, chat.read_seq)
    follow(uri, chat.seq)
  }

  /** Never rejects: how it went stands in `listing`. */
  function loadList(): Promise<void> {
    return (listed = readList())
  }

  async function readList(): Promise<void> {
    const of = era
    if (states.size === 0) listing.value = 'loading'
    try {
      const page = await api.myChats()
      if (of !== era) return
      page.chats.forEach(learn)
      nextPage.value = page.next
      listing.value = 'ready'
    } catch {
      if (of === era && states.size === 0) listing.value = 'failed'
    }
  }

  async function loadMore(): Promise<void> {
    const of = era
    if (nextPage.value === undefined) return
    const page = await api.myChats(nextPage.value)
    if (of !== era) return
    page.chats.forEach(learn)
    nextPage.value = page.next
  }

  async function start(name: string): Promise<ChatUri> {
    const { uri } = await api.startChat(name === '' ? {} : { name })
    learn(await api.chat(uri))
    return uri
  }

  /** Makes what is behind the address ready to be shown. Nobody joins a chat by looking at it. */
  async function open(address: ChatUri | ChatLink, self: User): Promise<Found> {
    if (!states.has(address)) await listed
    const found = states.has(address) ? ({ as: 'mine', uri: address } as const) : await find(address)
    if (found.as === 'guest' || found.uri !== address) return found
    update(address, { opened: true })
    const { chat } = states.get(address) ?? {}
    // The list has only the first members of a chat.
    if (chat && chat.members.length < Math.min(chat.member_count, MOST_MEMBERS)) void ask(address)
    if (!states.get(address)?.timeline.loaded) await pages.loadUnread(address, self)
    return found
  }

  async function find(address: ChatUri | ChatLink): Promise<Found> {
    const of = era
    let uri = list.value.find(({ chat }) => chat.link === address)?.chat.uri
    if (uri !== undefined) return { as: 'mine', uri }
    try {
      const preview = await api.preview(address)
      if (!preview.joined) return { as: 'guest', preview }
      uri = preview.uri
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'chat_not_found') throw error
      // No link; but the address of a chat of one's own, whose link is another one or none, may still be meant.
      uri = address
    }
    const chat = await api.chat(uri)
    if (of === era) learn(chat)
    return { as: 'mine', uri }
  }

  /** Returns the address to go on with. */
  async function join(address: ChatUri | ChatLink, self: User): Promise<ChatUri> {
    const of = era
    const { uri } = await api.join(address, self.username)
    const chat = await api.chat(uri)
    if (of === era) learn(chat)
    return uri
  }

  const pages = historyPages({ api, states, update, follow: (uri, seq) => follow(uri, seq), era: () => era })

  /** Asks what a chat is like: one that was not heard of before, or whose counts are in doubt, or that may be gone. */
  async function ask(uri: ChatUri): Promise<void> {
    if (asked.has(uri)) return
    asked.add(uri)
    const of = era
    try {
      for (let i = 0; i < MOST_ASKED; i += 1) {
        const chat = await api.chat(uri)
        if (of !== era) return
        const overtaken = chat.seq < (states.get(uri)?.chat.seq ?? 0)
        learn(chat)
        if (!overtaken) return
      }
    } catch (error) {
      if (of !== era) return
      if (isGone(error)) depart(uri)
      else if (!(error instanceof Refused)) await loadList()
    } finally {
      asked.delete(uri)
    }
  }

  /** Where one's chats stand, as the socket says when it begins. */
  function compare(chats: readonly ReadyChat[]): void {
    const mine = new Map(chats.map((chat) => [chat.uri, chat.read_seq]))
    if (chats.some(({ uri }) => !states.has(uri))) void loadList()
    for (const { chat } of [...states.values()]) {
      const readSeq = mine.get(chat.uri)
      // Read on another device, or left while away. Whether it is really so is better asked.
      if (readSeq === undefined || readSeq > chat.read_seq) void ask(chat.uri)
    }
  }

  /** In order, each once: see [`Connection`]. */
  function apply(events: EventFrame[], self: User): void {
    for (const [uri, its] of byChat(events)) applyTo(uri, its, self)
    attention.arrived(events.flatMap((event) => newsOf(event, self) ?? []))
  }

  /** What another one said, with what is known of where. */
  function newsOf(event: EventFrame, self: User): News | null {
    const chat = states.get(event.chat)?.chat
    if (event.kind !== 'message.created' || event.data.message === null || isOwn(event, self)) return null
    const title = chat ? titleOf(chat, self) : nameOf(event.data.user)
    return { chat: event.chat, title, direct: chat?.kind === 'direct', message: event.data }
  }

  function applyTo(uri: ChatUri, events: EventFrame[], self: User): void {
    const last = events.at(-1)
    const departure = last && departureOf(last, self.id)
    if (departure) return depart(uri, departure)
    const state = states.get(uri)
    if (!state) return void ask(uri)
    const before: Summary = { chat: state.chat, doubtful: false }
    const { chat, doubtful } = events.reduce(
      (summary, event) => withEvent(summary, event, self, (id) => messageIn(state.timeline, id)),
      before,
    )
    const timeline = state.opened ? withEvents(state.timeline, events, self) : state.timeline
    update(uri, { chat, timeline })
    marks.known(uri, events.findLast((event) => isOwn(event, self))?.seq ?? 0)
    if (doubtful) void ask(uri)
  }

  /** One is in the chat no longer. */
  function depart(uri: ChatUri, departure?: Departure): void {
    const state = states.get(uri)
    if (!state) return
    const why = departure ?? { why: 'gone', seq: state.chat.seq + 1 }
    departures.set(uri, why)
    states.delete(uri)
    marks.forget(uri)
    unfollow(uri)
    const { user } = session
    if (!user) return
    const mine = why.why === 'left' || why.by?.id === user.id
    toasts.show(departureText(why, user.id, titleOf(state.chat, user)), mine ? 'good' : 'bad')
  }

  /** Everything up to here was on the screen, and somebody looked. */
  function read(uri: ChatUri, upTo: Seq, self: User): void {
    const state = states.get(uri)
    const newest = state?.timeline.entries.findLast(
      (entry) => entry.kind === 'message' && entry.seq <= upTo && entry.message.user.id !== self.id,
    )?.seq
    if (!state || newest === undefined) return
    marks.reached(uri, newest)
    const { read_seq, unread, mentions } = state.chat
    if (newest <= read_seq && unread + mentions === 0) return
    update(uri, { chat: { ...state.chat, read_seq: Math.max(read_seq, newest), unread: 0, mentions: 0 } })
  }

  /** Undefined is the end, where one goes without being told. */
  function leavePlace(uri: ChatUri, place: ReadingPlace | undefined): void {
    if (place) places.set(uri, place)
    else places.delete(uri)
  }

  function forget(): void {
    era += 1
    states.clear()
    departures.clear()
    places.clear()
    marks.clear()
    nextPage.value = undefined
    listing.value = 'loading'
  }

  // What was read on another device meanwhile is not told by any event.
  watch(
    () => attention.looking,
    (looking) => void (looking && list.value.some(({ chat }) => chat.unread > 0) && loadList()),
  )

  function followWith(tell: typeof follow, stop: typeof unfollow): void {
    follow = tell
    unfollow = stop
  }

  return {
    api,
    states,
    departures,
    places,
    leavePlace,
    list,
    listing,
    nextPage,
    update,
    learn,
    loadList,
    loadMore,
    start,
    open,
    join,
    ...pages,
    ask,
    compare,
    apply,
    depart,
    read,
    forget,
    followWith,
  }
})

function latest({ chat }: ChatState): string {
  return chat.active_at
}

function isOwn(event: EventFrame, self: User): boolean {
  return event.kind === 'message.created' && event.data.user.id === self.id
}

/** The server's way to say that one is not in a chat. */
export function isGone(error: unknown): boolean {
  return error instanceof Refused && (error.code === 'not_a_member' || error.code === 'chat_not_found')
}
