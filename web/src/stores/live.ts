import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { backoff } from '@/connection/backoff'
import { newClientId } from '@/connection/client-id'
import { systemClock } from '@/connection/clock'
import { Connection } from '@/connection/connection'
import type { ConnectionState, Socket } from '@/connection/surroundings'
import { SignedOut } from '@/session/session'
import { withoutPending, withPending, withPendingState, type Pending } from '@/timeline/timeline'
import type { ChatUri, ClientId, MessageId, User } from '@/wire/types'
import { isGone, useChats } from './chats'
import { useSession } from './session'

/** What comes and goes over the socket, carried to and from the chats. */
export const useLive = defineStore('live', () => {
  const session = useSession()
  const chats = useChats()
  const state = shallowRef<ConnectionState>({ name: 'idle' })
  let self: User | null = null

  const connection = new Connection(
    { clock: systemClock, openSocket, token, fetchEvents: (chat, after) => chats.api.events(chat, after) },
    {
      state: (now) => {
        state.value = now
        if (now.name === 'signed-out') session.session.ended()
      },
      ready: (frame) => chats.compare(frame.chats),
      events: (events) => self && chats.apply(events, self),
      reset: (chat) => void reload(chat),
      acknowledged: (clientId, chat) => change(chat, clientId, { state: 'sent' }),
      refused: ({ chat, clientId }, _code, reason) => change(chat, clientId, { state: 'failed', reason }),
    },
  )
  chats.followWith(
    (uri, seq) => connection.track(uri, seq),
    (uri) => connection.untrack(uri),
  )
  session.onRenewal((renewed) => connection.renewed(renewed))
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
    if (self === user) connection.start()
  }

  function stop(): void {
    self = null
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

  function change(uri: ChatUri, clientId: ClientId, to: Partial<Pending>): void {
    const its = chats.states.get(uri)
    if (its) chats.update(uri, { timeline: withPendingState(its.timeline, clientId, to) })
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
    if (!its) return
    chats.update(uri, { timeline: withPending(its.timeline, pending) })
    const { clientId, text, replyTo } = pending
    connection.send({ chat: uri, clientId, text, ...(replyTo === undefined ? {} : { replyTo }) })
  }

  function discard(uri: ChatUri, clientId: ClientId): void {
    connection.discard(clientId)
    const its = chats.states.get(uri)
    if (its) chats.update(uri, { timeline: withoutPending(its.timeline, clientId) })
  }

  return { state, start, stop, send, sendAgain, discard, retryNow: () => connection.wake() }
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
