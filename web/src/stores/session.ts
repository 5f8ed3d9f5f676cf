import { defineStore } from 'pinia'
import { markRaw, ref, shallowRef } from 'vue'
import { systemClock } from '@/connection/clock'
import { request } from '@/http/request'
import { exclusively } from '@/session/exclusively'
import { otherTabs } from '@/session/other-tabs'
import { Session, SignedOut } from '@/session/session'
import type { User } from '@/wire/types'
import { keep, recall } from './kept'

/** That somebody was signed in here, and nothing about who: whether there may be a cookie. */
const SIGNED_IN = 'signed-in'

/** Who one is, for components. The work is done by [`Session`]. */
export const useSession = defineStore('session', () => {
  const user = shallowRef<User | null>(null)
  /** The start takes long because the server does not answer. */
  const unreachable = ref(false)
  const renewals = new Set<(token: string) => void>()

  const session = markRaw(
    new Session(
      { clock: systemClock, request, exclusively, tabs: otherTabs() },
      {
        signedIn: (who) => {
          user.value = who
          keep(SIGNED_IN, '1')
        },
        changed: (who) => (user.value = who),
        renewed: (token) => renewals.forEach((tell) => tell(token)),
        signedOut: () => {
          user.value = null
          keep(SIGNED_IN, null)
        },
        unreachable: () => (unreachable.value = true),
      },
    ),
  )

  let restoring: Promise<boolean> | null = null
  /** Takes up the session of before, once; all who ask later get the same answer. */
  function restored(): Promise<boolean> {
    // Who was never here has nothing to take up: the server need not be asked for its "no".
    restoring ??= recall(SIGNED_IN) === null ? Promise.resolve(false) : restore()
    return restoring
  }

  async function restore(): Promise<boolean> {
    const restored = await session.restore().finally(() => (unreachable.value = false))
    if (!restored) keep(SIGNED_IN, null)
    return restored
  }

  /** One's own wish, so there is nothing to come back to afterwards. */
  const leaving = ref(false)
  async function leaveBy(act: () => Promise<void>): Promise<void> {
    leaving.value = true
    try {
      await session.leaveBy(act)
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error
    } finally {
      leaving.value = false
    }
  }

  const signOut = (): Promise<void> => leaveBy(() => session.signOut())

  function onRenewal(tell: (token: string) => void): void {
    renewals.add(tell)
  }

  return { user, unreachable, leaving, session, restored, signOut, leaveBy, onRenewal }
})
