import { createStore, del, delMany, entries, keys, set, type UseStore } from 'idb-keyval'
import type { Pending } from '@/timeline/timeline'
import type { ChatUri, ClientId, UserId } from '@/wire/types'

/** A message that is not known to be committed, as it waits for the page to come back. */
export interface Unsent {
  chat: ChatUri
  pending: Pending
  /** Messages are sent in the order in which they were said. */
  order: number
}

/**
 * What was said and not acknowledged, across reloads and crashes, for each person who signs in here. A message keeps its
 * `client_id`: should it have got through after all, sending it again changes nothing. Where the browser keeps no
 * database, messages wait as long as the page lasts.
 */
export class UnsentMessages {
  private store: UseStore | null = null
  private order = Date.now()
  /** Writes happen one after the other: what is taken out must not come back by a write that was still going on. */
  private last: Promise<unknown> = Promise.resolve()

  /** In the order in which they were said. */
  async of(user: UserId): Promise<Unsent[]> {
    const all = await this.attempt(() => entries<string, Unsent>(this.database()))
    return (all ?? [])
      .filter(([key]) => isOf(user, key))
      .map(([, unsent]) => unsent)
      .sort((a, b) => a.order - b.order)
  }

  keep(user: UserId, chat: ChatUri, pending: Pending): void {
    this.order = Math.max(this.order + 1, Date.now())
    const unsent: Unsent = { chat, pending, order: this.order }
    void this.attempt(() => set(keyOf(user, pending.clientId), unsent, this.database()))
  }

  forget(user: UserId, clientId: ClientId): void {
    void this.attempt(() => del(keyOf(user, clientId), this.database()))
  }

  /** Nobody will ever send them. */
  async forgetAll(user: UserId): Promise<void> {
    await this.attempt(async () => {
      const all = await keys<string>(this.database())
      await delMany(
        all.filter((key) => isOf(user, key)),
        this.database(),
      )
    })
  }

  private attempt<T>(task: () => Promise<T>): Promise<T | null> {
    const done = this.last.then(task).catch(() => null)
    this.last = done
    return done
  }

  private database(): UseStore {
    return (this.store ??= createStore('chatire-unsent', 'messages'))
  }
}

function keyOf(user: UserId, clientId: ClientId): string {
  return `${user} ${clientId}`
}

function isOf(user: UserId, key: string): boolean {
  return key.startsWith(keyOf(user, ''))
}
