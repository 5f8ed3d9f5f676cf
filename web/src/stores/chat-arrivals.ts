import { byChat, departureOf, type Departure } from '@/timeline/departure'
import { nameOf, titleOf } from '@/timeline/names'
import { withEvent, type Summary } from '@/timeline/summary'
import { messageIn, withEvents, withEventsUnkept } from '@/timeline/timeline'
import type { ChatUri, EventFrame, Seq, User } from '@/wire/types'
import type { News } from './attention'
import type { ChatState, ReadingPlace } from './chat-state'
import type { ReadMarks } from './read-marks'
import { unwatched } from './unwatched'

interface Around {
  states: ReadonlyMap<ChatUri, ChatState>
  update(uri: ChatUri, change: Partial<ChatState>): void
  depart(uri: ChatUri, departure: Departure): void
  ask(uri: ChatUri, atLeast?: Seq): Promise<void>
  marks: ReadMarks
  places: ReadonlyMap<ChatUri, ReadingPlace>
  /** The chat is on the screen, also while nobody looks at the page. */
  isOpen(uri: ChatUri): boolean
  /** Others said something. */
  news(news: readonly News[]): void
}

/** What happens in chats, brought into what is known of them. */
export function chatArrivals({ states, update, depart, ask, marks, places, isOpen, news }: Around) {
  /** In order, each once: see [`Connection`]. */
  function apply(events: EventFrame[], self: User): void {
    for (const [uri, its] of byChat(events)) applyTo(uri, its, self)
    news(events.flatMap((event) => newsOf(event, self) ?? []))
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
    if (!state) return void ask(uri, last?.seq)
    const before: Summary = { chat: state.chat, doubtful: false }
    const { chat, doubtful } = events.reduce(
      (summary, event) => withEvent(summary, event, self, (id) => messageIn(state.timeline, id)),
      before,
    )
    const timeline = (state.opened ? withEvents : withEventsUnkept)(state.timeline, events, self)
    const now = { ...state, chat, timeline }
    update(uri, isOpen(uri) ? now : unwatched(now, places.get(uri)))
    marks.known(uri, events.findLast((event) => isOwn(event, self))?.seq ?? 0)
    if (doubtful) void ask(uri)
  }

  return { apply }
}

function isOwn(event: EventFrame, self: User): boolean {
  return event.kind === 'message.created' && event.data.user.id === self.id
}
