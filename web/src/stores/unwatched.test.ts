import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { alice, AT, bob, message, page, said, URI } from '@/timeline/samples'
import { withPending } from '@/timeline/timeline'
import type { Seq, User } from '@/wire/types'
import { useChats } from './chats'
import { useCompany } from './company'
import { answers, calls, HISTORY, serve } from './scripted-api'
import { useSession } from './session'

const MUCH = 5_000

/** The chat was opened once; nobody looks at it any more. */
async function scene() {
  setActivePinia(createPinia())
  await useSession().restored()
  const chats = useChats()
  await chats.loadList()
  await chats.open(URI, alice)
  const state = () => {
    const state = chats.states.get(URI)
    if (!state) throw new Error('it is gone')
    return state
  }
  const seqs = () => state().timeline.entries.map(({ seq }) => seq)
  const happens = (user: User, to: Seq, from = 4) => {
    for (let seq = from; seq <= to; seq += 1) chats.apply([said(seq, user)], alice)
  }
  return { chats, state, seqs, happens }
}

describe('a chat that was opened and is not looked at', () => {
  beforeEach(serve)

  it('keeps the end of what one has read, and knows where to get what is before', async () => {
    const { state, seqs, happens } = await scene()
    happens(alice, MUCH)
    expect(seqs().length).toBeLessThanOrEqual(1_200)
    expect(seqs().at(-1)).toBe(MUCH)
    expect(state()).toMatchObject({ opened: true, timeline: { older: seqs()[0], newer: undefined } })
  })

  it('keeps nothing of much that is unread, and begins where that begins when one comes back', async () => {
    const { chats, state, seqs, happens } = await scene()
    happens(bob, MUCH)
    expect(seqs()).toEqual([])
    expect(state().chat).toMatchObject({ unread: 100, last_message: { seq: MUCH } })

    answers[`${HISTORY}&around=3`] = () =>
      page(
        MUCH,
        [2, 3, 4, 5].map((seq) => message(seq)),
        { previous: 2, next: 5 },
      )
    await chats.open(URI, alice)
    expect(state()).toMatchObject({ opened: true, timeline: { older: 2, newer: 5 } })
    happens(bob, MUCH + 1, MUCH + 1)
    expect(seqs()).toEqual([2, 3, 4, 5])
    expect(state().timeline.ahead.map(({ seq }) => seq)).toEqual([MUCH + 1])
  })

  it('is loaded around the place where one was', async () => {
    const { chats, seqs, happens } = await scene()
    chats.leavePlace(URI, { seq: 2, above: 7 })
    happens(alice, MUCH)
    answers[`${HISTORY}&around=2`] = () =>
      page(
        MUCH,
        [2, 3].map((seq) => message(seq)),
        { next: 3 },
      )
    await chats.open(URI, alice)
    expect(calls).toContain(`${HISTORY}&around=2`)
    expect(seqs()).toEqual([1, 2, 3])
  })

  it('loses nothing that one has said and is not there yet', async () => {
    const { chats, state, happens } = await scene()
    for (const [clientId, now] of [
      ['a', 'failed'],
      ['b', 'sent'],
    ] as const) {
      const pending = { clientId, text: clientId, at: AT, state: now }
      chats.update(URI, { timeline: withPending(state().timeline, pending, alice) })
    }
    happens(bob, MUCH)
    const pending = () => state().timeline.pending.map(({ clientId }) => clientId)
    expect(pending()).toEqual(['a', 'b'])
    chats.apply([said(MUCH + 1, alice, { client_id: 'b' })], alice)
    expect(pending()).toEqual(['a'])
  })

  it('is left to the screen while it is there', async () => {
    const { state, seqs, happens } = await scene()
    useCompany().look(URI)
    happens(bob, 1_500)
    expect(seqs()).toHaveLength(1_500)
    expect(state().opened).toBe(true)
  })
})
