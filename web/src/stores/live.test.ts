import 'fake-indexeddb/auto'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ScriptedSocket } from '@/connection/scripted-server'
import { alice, AT, URI } from '@/timeline/samples'
import { useChats } from './chats'
import { useLive } from './live'
import { answers, calls, serve } from './scripted-api'
import { useSession } from './session'
import { UnsentMessages } from './unsent'

let sockets: ScriptedSocket[] = []
const ack = (clientId: string, seq: number) =>
  ({ type: 'ack', client_id: clientId, chat: URI, id: seq, seq }) as const

describe('what was said before the page was loaded', () => {
  beforeEach(async () => {
    serve()
    sockets = []
    vi.stubGlobal(
      'WebSocket',
      class extends ScriptedSocket {
        constructor() {
          super()
          sockets.push(this)
        }
      },
    )
    const unsent = new UnsentMessages()
    await unsent.forgetAll(alice.id)
    for (const clientId of ['a', 'b']) {
      unsent.keep(alice.id, URI, { clientId, text: clientId, at: AT, state: 'sending' })
    }
    await unsent.of(alice.id)
  })
  afterEach(() => useLive().stop())

  /** The page is loaded, and the server of chats does not answer; the socket's does. */
  async function scene() {
    setActivePinia(createPinia())
    await useSession().restored()
    const away = (): never => {
      throw new TypeError('Failed to fetch')
    }
    const before = { ...answers }
    answers['GET /api/chats/'] = answers[`GET /api/chats/${URI}/`] = away
    const [live, chats] = [useLive(), useChats()]
    await live.start(alice)
    await vi.waitFor(() => expect(sockets).toHaveLength(1))
    sockets[0]?.welcomes(3)
    // Asked for at the start, when the chat could not be read either, and when the socket began.
    await vi.waitFor(() => {
      expect(calls.filter((call) => call === 'GET /api/chats/').length).toBeGreaterThanOrEqual(3)
      expect(chats.listing).toBe('failed')
    })
    expect(calls).toContain(`GET /api/chats/${URI}/`)
    expect(sockets[0]?.sent()).toEqual([])
    return { live, chats, isBack: () => Object.assign(answers, before) }
  }
  const pending = () =>
    useChats()
      .states.get(URI)
      ?.timeline.pending.map(({ clientId }) => clientId)

  it('is sent in its order once the list can be read, and before what is new', async () => {
    const { live, chats, isBack } = await scene()
    isBack()
    await chats.loadList()
    await vi.waitFor(() => expect(pending()).toEqual(['a', 'b']))
    live.send(URI, 'new')
    sockets[0]?.says(ack('a', 4), ack('b', 5))
    expect(sockets[0]?.sent().slice(0, 2)).toEqual(['a', 'b'])
    expect(sockets[0]?.sent()).toHaveLength(3)
  })

  it('is sent when the connection is back and its chat, which the list does not reach, can be read', async () => {
    const { isBack } = await scene()
    isBack()
    answers['GET /api/chats/'] = () => ({ chats: [] })
    sockets[0]?.closes(1006)
    await vi.waitFor(() => expect(sockets).toHaveLength(2), 5_000)
    sockets[1]?.welcomes(3)
    await vi.waitFor(() => expect(sockets[1]?.sent()).toEqual(['a']))
    expect(pending()).toEqual(['a', 'b'])
  })
})
