import { createStore, get, set } from 'idb-keyval'
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import type { ChatUri } from '@/wire/types'
import { useSession } from './session'

/** Which chats make no noise, for each person who signs in here. A chat's address is no secret, but nobody's business. */
export const useMutes = defineStore('mutes', () => {
  const session = useSession()
  const muted = ref<ReadonlySet<ChatUri>>(new Set())

  watch(
    () => session.user?.id,
    async (id) => {
      muted.value = new Set()
      if (id === undefined) return
      const kept = await read(id)
      if (session.user?.id === id) muted.value = new Set([...kept, ...muted.value])
    },
    { immediate: true },
  )

  function has(uri: ChatUri): boolean {
    return muted.value.has(uri)
  }

  function put(uri: ChatUri, on: boolean): void {
    const now = new Set(muted.value)
    if (on) now.add(uri)
    else now.delete(uri)
    muted.value = now
    if (session.user) void write(session.user.id, [...now])
  }

  return { has, set: put }
})

// Without a database a chat is muted as long as the page lasts.
async function read(user: number): Promise<ChatUri[]> {
  try {
    return (await get<ChatUri[]>(user, database())) ?? []
  } catch {
    return []
  }
}

async function write(user: number, chats: ChatUri[]): Promise<void> {
  try {
    await set(user, chats, database())
  } catch {
    return
  }
}

function database(): ReturnType<typeof createStore> {
  return createStore('chatire-mutes', 'mutes')
}
