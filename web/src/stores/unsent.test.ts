import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { AT, URI } from '@/timeline/samples'
import type { Pending } from '@/timeline/timeline'
import { UnsentMessages } from './unsent'

const pending = (clientId: string, more: Partial<Pending> = {}): Pending => ({
  clientId,
  text: `says ${clientId}`,
  at: AT,
  state: 'sending',
  ...more,
})
const ids = async (unsent: UnsentMessages, user: number) =>
  (await unsent.of(user)).map((one) => one.pending.clientId)

describe('messages that were not acknowledged', () => {
  it('are there for the next page, in the order in which they were said, until they are acknowledged', async () => {
    const before = new UnsentMessages()
    for (const id of ['z', 'a', 'm']) before.keep(1, URI, pending(id))
    before.forget(1, 'a')
    expect(await ids(before, 1)).toEqual(['z', 'm'])
    const after = new UnsentMessages()
    expect(await ids(after, 1)).toEqual(['z', 'm'])
    after.forget(1, 'z')
    after.forget(1, 'm')
    expect(await ids(after, 1)).toEqual([])
  })

  it('stay with who said them, and know why they failed', async () => {
    const unsent = new UnsentMessages()
    unsent.keep(1, URI, pending('b', { replyTo: 7 }))
    unsent.keep(1, URI, pending('b', { replyTo: 7, state: 'failed', reason: 'no' }))
    expect(await ids(unsent, 11)).toEqual([])
    expect(await unsent.of(1)).toMatchObject([
      { chat: URI, pending: { clientId: 'b', replyTo: 7, state: 'failed', reason: 'no' } },
    ])
  })

  it('go with the account, and only with this one', async () => {
    const unsent = new UnsentMessages()
    for (const user of [2, 22]) unsent.keep(user, URI, pending('c'))
    await unsent.forgetAll(2)
    expect(await ids(unsent, 2)).toEqual([])
    expect(await ids(unsent, 22)).toEqual(['c'])
  })
})
