import { defineStore } from 'pinia'
import { markRaw, shallowRef, watch } from 'vue'
import { backoff } from '@/connection/backoff'
import { newClientId } from '@/connection/client-id'
import { systemClock } from '@/connection/clock'
import { Connection } from '@/connection/connection'
import { browserScreen } from '@/connection/screen'
import type { ConnectionState, Socket, TransientFrame } from '@/connection/surroundings'
import { sentenceOfCode } from '@/http/sentences'
import { SignedOut } from '@/session/session'
import { withoutPending, withPending, withPendingState, type Pending } from '@/timeline/timeline'
import type { ChatUri, ClientId, EventFrame, MessageId, Seq, User, UserId } from '@/wire/types'
import { isGone } from './chat-state'
import { useChats } from './chats'
import { useCompany } from './company'
import { useSession } from './session'
import { UnsentMessages, type Unsent } from './unsent'

/** While one writes, the others are told so often. */
const TYPES_EVERY_MS = 2_500

/** What comes and goes over the socket, carried to and from the chats. */
export const useLive = defineStore('live', () => {
  const session = useSession()
  const chats = useChats()
  const company = useCompany()
  const state = shallowRef<ConnectionState>({ name: 'idle' })
  const unsent = markRaw(new UnsentMessages())
  let self: User | null = null
  /** From before the page was loaded, in chats that could not be read yet. */
  let left: readonly Unsent[] = []

  const connection = new Connection(
    {
      clock: systemClock,
      screen: browserScreen,
      openSocket,
      token,
      fetchEvents: (chat, after) => chats.api.events(chat, after),
    },
    {
      state: (now) => {
        state.value = now
        if (now.name !== 'live') company.alone()
        if (now.name === 'signed-out') session.session.ended()
      },
      ready: (frame) => {
        chats.compare(frame.chats)
        askForLeft()
      },
      events: (events) => arrived(events),
      transient: (frame) => heard(frame),
      reset: (chat) => void reload(chat),
      acknowledged: (clientId, chat, _id, seq) => acknowledged(chat, clientId, seq),
      refused: ({ chat, clientId }, code, reason) =>
        change(chat, clientId, { state: 'failed', reason: sentenceOfCode(code) ?? reason }),
    },
  )
  chats.followWith(
    (uri, seq) => connection.track(uri, seq),
    (uri) => connection.untrack(uri),
  )
  session.onRenewal((renewed) => connection.renewed(renewed))
  document.addEventListener('visibilitychange', () => look(company.chat))
  addEventListener('online', () => connection.wake())
  addEventListener('offline', () => connection.wake())
  document.addEventListener('visibilitychange', () => document.hidden || connection.wake())

  async function token(fresh: boolean): Promise<string | null> {
    try {
      const current = await session.session.token()
      return fresh ? await session.session.renewed(current) : current
    } catch (error) {
      if (error instanceof SignedOut) return null
      throw error
    }
  }

  /** Reads the list before it connects, so that the socket goes on exactly where the list ends. */
  async function start(user: User): Promise<void> {
    self = user
    await chats.loadList()
    if (self !== user) return
    connection.start()
    const before = await unsent.of(user.id)
    if (self !== user) return
    left = before
    takeUp()
    askForLeft()
  }

  /** What is left of before the page was loaded goes on where its chat is known, before anything new is said there. */
  function takeUp(): void {
    const now = left.filter(({ chat }) => chats.states.has(chat))
    if (now.length === 0) return
    left = left.filter((unsent) => !now.includes(unsent))
    for (const { chat, pending } of now) show(chat, pending)
  }
  watch(() => chats.states.size, takeUp)

  /** The list does not reach all chats, and may not have been readable when it was asked for. */
  function askForLeft(): void {
    for (const uri of new Set(left.map(({ chat }) => chat))) void chats.ask(uri)
  }

  function stop(): void {
    self = null
    left = []
    connection.stop()
    chats.forget()
  }

  /** So much was missed that the server can't replay it. */
  async function reload(uri: ChatUri): Promise<void> {
    const user = self
    for (let failures = 0; user && self === user && chats.states.has(uri); failures += 1) {
      try {
        if (chats.states.get(uri)?.opened) await chats.loadNewest(uri, user)
        await chats.ask(uri)
        return
      } catch (error) {
        if (isGone(error)) return chats.depart(uri)
        await new Promise<void>((resolve) => systemClock.after(backoff(failures, systemClock), resolve))
      }
    }
  }

  function arrived(events: EventFrame[]): void {
    if (!self) return
    for (const { kind, data } of events) {
      if (kind !== 'message.created' || data.user.id !== self.id || data.client_id === undefined) continue
      unsent.forget(self.id, data.client_id)
    }
    chats.apply(events, self)
    company.said(events)
  }

  function heard(frame: TransientFrame): void {
    company.heard(frame)
    if (frame.type !== 'read') return
    // Read on another device: how much is left is better asked.
    const own = frame.marks.find(({ user }) => user === self?.id)
    const known = chats.states.get(frame.chat)?.chat.read_seq
    if (own && known !== undefined && own.seq > known) void chats.ask(frame.chat)
  }

  /** The chat that is open. Nobody looks at it while the page is hidden. */
  function look(uri: ChatUri | null): void {
    company.look(uri)
    if (document.hidden) company.alone()
    connection.look(document.hidden ? null : uri)
  }

  let typedAt = 0
  /** A key was pressed. The others are told once in a while. */
  function types(uri: ChatUri): void {
    const now = systemClock.now()
    if (now - typedAt < TYPES_EVERY_MS) return
    typedAt = now
    connection.types(uri)
  }

  function change(uri: ChatUri, clientId: ClientId, to: Partial<Pending>): void {
    const its = chats.states.get(uri)
    if (!its) return
    const timeline = withPendingState(its.timeline, clientId, to)
    chats.update(uri, { timeline })
    const pending = timeline.pending.find((one) => one.clientId === clientId)
    if (self && pending?.state === 'failed') unsent.keep(self.id, uri, pending)
  }

  /** Committed at this position; its event may have come already, even before this page was loaded. */
  function acknowledged(uri: ChatUri, clientId: ClientId, seq: Seq): void {
    if (self) unsent.forget(self.id, clientId)
    const its = chats.states.get(uri)
    if (its && seq <= its.chat.seq) remove(uri, clientId)
    else change(uri, clientId, { state: 'sent' })
  }

  function remove(uri: ChatUri, clientId: ClientId): void {
    const its = chats.states.get(uri)
    if (its) chats.update(uri, { timeline: withoutPending(its.timeline, clientId) })
  }

  function send(uri: ChatUri, text: string, replyTo?: MessageId): void {
    put(uri, pendingOf(newClientId(), text, replyTo))
  }

  /** The same `client_id` again: should the message have got through after all, it stays one. */
  function sendAgain(uri: ChatUri, { clientId, text, replyTo }: Pending): void {
    put(uri, pendingOf(clientId, text, replyTo))
  }

  function put(uri: ChatUri, pending: Pending): void {
    const its = chats.states.get(uri)
    if (!its || !self) return
    typedAt = 0
    unsent.keep(self.id, uri, pending)
    show(uri, pending)
  }

  /** It stands in its chat from now on, and is sent if it has not failed. */
  function show(uri: ChatUri, pending: Pending): void {
    const its = chats.states.get(uri)
    if (!its || !self) return
    chats.update(uri, { timeline: withPending(its.timeline, pending, self) })
    if (pending.state !== 'sending') return
    const { clientId, text, replyTo } = pending
    connection.send({ chat: uri, clientId, text, ...(replyTo === undefined ? {} : { replyTo }) })
  }

  function discard(uri: ChatUri, clientId: ClientId): void {
    if (self) unsent.forget(self.id, clientId)
    connection.discard(clientId)
    remove(uri, clientId)
  }

  return {
    state,
    start,
    stop,
    look,
    types,
    send,
    sendAgain,
    discard,
    retryNow: () => connection.wake(),
    forgetUnsent: (user: UserId) => unsent.forgetAll(user),
  }
})

function pendingOf(clientId: ClientId, text: string, replyTo: MessageId | undefined): Pending {
  const pending = { clientId, text, at: new Date().toISOString(), state: 'sending' } as const
  return replyTo === undefined ? pending : { ...pending, replyTo }
}

function openSocket(): Socket {
  return new WebSocket(
    `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/`,
  ) as unknown as Socket
}
