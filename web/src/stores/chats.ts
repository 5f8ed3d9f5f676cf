import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowReactive, watch } from 'vue'
import { systemClock } from '@/connection/clock'
import { Api } from '@/http/api'
import { Refused } from '@/http/request'
import { departureText, type Departure } from '@/timeline/departure'
import { titleOf } from '@/timeline/names'
import { withAnswer } from '@/timeline/summary'
import { emptyTimeline } from '@/timeline/timeline'
import type { Chat, ChatUri, ReadyChat, Seq, User } from '@/wire/types'
import { useAttention } from './attention'
import { chatArrivals } from './chat-arrivals'
import { chatDoors } from './chat-doors'
import { isGone, type ChatState, type ReadingPlace } from './chat-state'
import { useCompany } from './company'
import { historyPages } from './history-pages'
import { ReadMarks } from './read-marks'
import { useSession } from './session'
import { useToasts } from './toasts'

/** So often a chat is asked for again when the answer was overtaken by events. */
const MOST_ASKED = 3

/** All chats that are known here: the list, and the timelines of those that were opened. */
export const useChats = defineStore('chats', () => {
  const session = useSession()
  const attention = useAttention()
  const company = useCompany()
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
  /** What is asked for right now, and which events an answer must know of to be one. */
  const asked = new Map<ChatUri, Seq>()
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

  const pages = historyPages({ api, states, update, follow: (uri, seq) => follow(uri, seq), era: () => era })
  const whole = { api, states, update, learn, ask, places, listed: () => listed, era: () => era }
  const doors = chatDoors({ ...whole, ...pages })
  const isOpen = (uri: ChatUri): boolean => company.chat === uri
  const arrivals = chatArrivals({
    states,
    update,
    depart,
    ask,
    marks,
    places,
    isOpen,
    news: attention.arrived,
  })

  /**
   * Asks what a chat is like: one that was not heard of before, or whose counts are in doubt, or that may be gone. What
   * happens in a chat that is not known yet is told by nothing but the answer: then that is to be no older (`atLeast`).
   */
  async function ask(uri: ChatUri, atLeast: Seq = 0): Promise<void> {
    const before = asked.get(uri)
    asked.set(uri, Math.max(atLeast, before ?? 0))
    if (before !== undefined) return
    const of = era
    try {
      for (let i = 0; i < MOST_ASKED; i += 1) {
        const chat = await api.chat(uri)
        if (of !== era) return
        const overtaken = chat.seq < Math.max(states.get(uri)?.chat.seq ?? 0, asked.get(uri) ?? 0)
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
    ...doors,
    ...pages,
    ask,
    compare,
    ...arrivals,
    depart,
    read,
    forget,
    followWith,
  }
})

function latest({ chat }: ChatState): string {
  return chat.active_at
}
