import { byChat, departureOf, type Departure } from '@/timeline/departure'
import { nameOf, titleOf } from '@/timeline/names'
import { withEvent, type Summary } from '@/timeline/summary'
import { messageIn, withEvents } from '@/timeline/timeline'
import type { ChatUri, EventFrame, User } from '@/wire/types'
import type { News } from './attention'
import type { ChatState } from './chat-state'
import type { ReadMarks } from './read-marks'

interface Around {
  states: ReadonlyMap<ChatUri, ChatState>
  update(uri: ChatUri, change: Partial<ChatState>): void
  depart(uri: ChatUri, departure: Departure): void
  ask(uri: ChatUri): Promise<void>
  marks: ReadMarks
  /** Others said something. */
  news(news: readonly News[]): void
}

/** What happens in chats, brought into what is known of them. */
export function chatArrivals({ states, update, depart, ask, marks, news }: Around) {
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

  return { apply }
}

function isOwn(event: EventFrame, self: User): boolean {
  return event.kind === 'message.created' && event.data.user.id === self.id
}
