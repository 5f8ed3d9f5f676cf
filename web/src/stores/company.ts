import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { systemClock, type Timer } from '@/connection/clock'
import type { TransientFrame } from '@/connection/surroundings'
import type { ChatUri, EventFrame, Member, Seq, UserId } from '@/wire/types'

/** Nothing says that somebody stopped writing: they are taken to have after this time. */
const TYPES_FOR_MS = 5_000

interface Writer {
  user: UserId
  username: string
  timer: Timer
}

/** Who else is with one in the chat that one looks at: online, writing, and how far they have read. */
export const useCompany = defineStore('company', () => {
  const chat = ref<ChatUri | null>(null)
  const online = shallowRef<ReadonlySet<UserId>>(new Set())
  const marks = shallowRef<ReadonlyMap<UserId, Seq>>(new Map())
  const writers = shallowRef<readonly Writer[]>([])
  /** By name, who began first. */
  const writing = computed(() => writers.value.map(({ user, username }) => ({ user, username })))

  /** One looks at another chat, or at none: what was known of the one before is worth nothing. */
  function look(uri: ChatUri | null): void {
    if (uri === chat.value) return
    chat.value = uri
    marks.value = new Map()
    alone()
  }

  /** Nobody says any more who is here: the connection is gone, or nobody looks. */
  function alone(): void {
    online.value = new Set()
    for (const { timer } of writers.value) timer.cancel()
    writers.value = []
  }

  function heard(frame: TransientFrame): void {
    if (frame.chat !== chat.value) return
    if (frame.type === 'presence') {
      const now = new Set(frame.whole ? [] : online.value)
      frame.online.forEach((user) => now.add(user))
      frame.offline.forEach((user) => now.delete(user))
      online.value = now
    } else if (frame.type === 'read') {
      reached(frame.marks)
    } else {
      const timer = systemClock.after(TYPES_FOR_MS, () => stopped(frame.user))
      const known = writers.value.find(({ user }) => user === frame.user)
      known?.timer.cancel()
      const one = { user: frame.user, username: frame.username, timer }
      writers.value = known
        ? writers.value.map((writer) => (writer === known ? one : writer))
        : [...writers.value, one]
    }
  }

  /** Who says something writes no longer, and has read what was said before. */
  function said(events: readonly EventFrame[]): void {
    for (const event of events) {
      if (event.chat !== chat.value || event.kind !== 'message.created') continue
      stopped(event.data.user.id)
      reached([{ user: event.data.user.id, seq: event.seq }])
    }
  }

  /** As the list of members says. */
  function known(uri: ChatUri, members: readonly Member[]): void {
    if (uri === chat.value) reached(members.map(({ user, read_seq }) => ({ user: user.id, seq: read_seq })))
  }

  function reached(moved: readonly { user: UserId; seq: Seq }[]): void {
    const now = new Map(marks.value)
    for (const { user, seq } of moved) now.set(user, Math.max(seq, now.get(user) ?? 0))
    marks.value = now
  }

  function stopped(user: UserId): void {
    writers.value.find((writer) => writer.user === user)?.timer.cancel()
    writers.value = writers.value.filter((writer) => writer.user !== user)
  }

  return { chat, online, marks, writing, look, alone, heard, said, known }
})
