import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowReactive, watch } from 'vue'
import { Api } from '@/http/api'
import { Refused } from '@/http/request'
import { loadJoins } from '@/timeline/joins'
import { emptyTimeline, withEvents, withHistory, type Timeline } from '@/timeline/timeline'
import type { Chat, ChatUri, EventFrame, Seq, User } from '@/wire/types'
import { useAttention } from './attention'
import { useSession } from './session'

const PAGE = 50

export interface ChatState {
  chat: Chat
  timeline: Timeline
  /** Events are kept only of chats that one has opened; of the others the list is enough. */
  opened: boolean
  /** Messages of others since one last looked. Counted here, since this page was loaded. */
  unread: number
}

/** All chats that are known here: the list, and the timelines of those that were opened. */
export const useChats = defineStore('chats', () => {
  const session = useSession()
  const attention = useAttention()
  const api = markRaw(new Api(session.session))

  const states = shallowReactive(new Map<ChatUri, ChatState>())
  const listing = ref<'loading' | 'ready' | 'failed'>('loading')
  const nextPage = ref<string>()
  const viewing = ref<ChatUri | null>(null)
  const asked = new Set<ChatUri>()
  /** The last reading of the list. */
  let listed = Promise.resolve()
  let follow: (uri: ChatUri, seq: Seq) => void = () => undefined
  /** Changes when somebody else signs in: what was asked for the one before must not turn up. */
  let era = 0

  const list = computed(() => [...states.values()].sort((a, b) => latest(b).localeCompare(latest(a))))

  function update(uri: ChatUri, change: Partial<ChatState>): void {
    const state = states.get(uri)
    if (state) states.set(uri, { ...state, ...change })
  }

  function learn(chat: Chat): void {
    const state = states.get(chat.uri)
    if (!state) states.set(chat.uri, { chat, timeline: emptyTimeline, opened: false, unread: 0 })
    else if (chat.seq >= state.chat.seq) update(chat.uri, { chat })
    follow(chat.uri, chat.seq)
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

  /** Makes the chat ready to be shown; who is not in it yet joins by having its link. */
  async function open(uri: ChatUri, self: User): Promise<void> {
    const of = era
    if (!states.has(uri)) await listed
    if (!states.has(uri)) {
      // Right for members as well, whose list may have further pages: joining again changes nothing.
      await api.join(uri, { username: self.username })
      const chat = await api.chat(uri)
      if (of !== era) return
      learn(chat)
    }
    update(uri, { opened: true })
    if (!states.get(uri)?.timeline.loaded) await loadNewest(uri, self)
  }

  async function loadNewest(uri: ChatUri, self: User): Promise<void> {
    const of = era
    const page = await api.history(uri, { limit: PAGE })
    const joins = await loadJoins(api, page)
    if (of !== era) return
    const state = states.get(uri)
    if (!state) return
    // What is older than the page may have a gap to it: only what came in meanwhile is sure to follow it.
    const newer = state.timeline.entries.filter((entry) => entry.seq > page.seq)
    const timeline = withHistory({ ...state.timeline, entries: newer }, page, self)
    update(uri, { timeline: withEvents(timeline, joins, self) })
    follow(uri, page.seq)
  }

  async function loadOlder(uri: ChatUri, self: User): Promise<void> {
    const of = era
    const before = states.get(uri)?.timeline.older
    if (before === undefined) return
    const page = await api.history(uri, { before, limit: PAGE })
    const joins = await loadJoins(api, page, before)
    const state = states.get(uri)
    if (of !== era || !state || state.timeline.older !== before) return
    update(uri, { timeline: withEvents(withHistory(state.timeline, page, self), joins, self) })
  }

  /** An event of an unknown chat: somebody has added us. */
  async function meet(uri: ChatUri): Promise<void> {
    if (asked.has(uri)) return
    asked.add(uri)
    const of = era
    try {
      const chat = await api.chat(uri)
      if (of === era) learn(chat)
    } catch (error) {
      if (!(error instanceof Refused)) await loadList()
    } finally {
      asked.delete(uri)
    }
  }

  /** In order, each once: see [`Connection`]. */
  function apply(events: EventFrame[], self: User): void {
    for (const [uri, its] of byChat(events)) {
      const state = states.get(uri)
      if (!state) {
        void meet(uri)
        continue
      }
      const fromOthers = its.filter((e) => e.kind === 'message.created' && e.data.user.id !== self.id).length
      const seen = viewing.value === uri && attention.looking
      update(uri, {
        chat: its.reduce(withEvent, state.chat),
        timeline: state.opened ? withEvents(state.timeline, its, self) : state.timeline,
        unread: seen ? 0 : state.unread + fromOthers,
      })
    }
    attention.arrived(events.filter((e) => e.kind === 'message.created' && e.data.user.id !== self.id).length)
  }

  function forget(): void {
    era += 1
    states.clear()
    nextPage.value = undefined
    viewing.value = null
    listing.value = 'loading'
  }

  watch([viewing, () => attention.looking], ([uri, looking]) => {
    if (uri !== null && looking) update(uri, { unread: 0 })
  })

  function followWith(tell: (uri: ChatUri, seq: Seq) => void): void {
    follow = tell
  }

  return {
    api,
    states,
    list,
    listing,
    nextPage,
    viewing,
    update,
    loadList,
    loadMore,
    start,
    open,
    loadNewest,
    loadOlder,
    apply,
    forget,
    followWith,
  }
})

function byChat(events: EventFrame[]): Map<ChatUri, EventFrame[]> {
  const groups = new Map<ChatUri, EventFrame[]>()
  for (const event of events) {
    const group = groups.get(event.chat)
    if (group) group.push(event)
    else groups.set(event.chat, [event])
  }
  return groups
}

function latest({ chat }: ChatState): string {
  return chat.last_message?.at ?? chat.created_at
}

/** The chat as it is after something happened. What it was told by HTTP may be newer than the event. */
function withEvent(chat: Chat, event: EventFrame): Chat {
  const seq = Math.max(chat.seq, event.seq)
  switch (event.kind) {
    case 'message.created':
      return event.seq > (chat.last_message?.seq ?? 0)
        ? { ...chat, seq, last_message: event.data }
        : { ...chat, seq }
    case 'member.joined': {
      const { user } = event.data
      if (event.seq <= chat.seq || chat.members.some((member) => member.id === user.id))
        return { ...chat, seq }
      return { ...chat, seq, members: [...chat.members, user], member_count: chat.member_count + 1 }
    }
    default:
      return { ...chat, seq }
  }
}
