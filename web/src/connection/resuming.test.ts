import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatUri, Seq } from '@/wire/types'
import { alice, HEARTBEAT_MS, said, Scene, type ScriptedSocket } from './scripted-server'

const CHATS = 4_000
/** What the server takes, with settings as they come. */
const MOST_BYTES = 64 * 1024
const uri = (n: number): ChatUri => `chat-${String(n).padStart(10, '0')}`

describe('who is in thousands of chats', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const welcomes = (server: ScriptedSocket, moved: ReadonlyMap<ChatUri, Seq> = new Map()) => {
    const chats = Array.from({ length: CHATS }, (_, n) => uri(n)).map((uri) => ({
      uri,
      name: null,
      seq: moved.get(uri) ?? 10_000,
      read_seq: 0,
    }))
    server.opens()
    server.says({ type: 'ready', user: alice, session: 's', heartbeat_ms: HEARTBEAT_MS, chats })
  }
  /** Comes back after something happened in the last of the chats. */
  const back = async () => {
    const scene = new Scene()
    const server = await scene.starts()
    welcomes(server)
    server.says({ ...said(10_001), chat: uri(CHATS - 1) })
    server.closes(1006)
    await scene.passes(500)
    return scene
  }

  it('comes back by a frame that the server takes, with the chats where something happened', async () => {
    const scene = await back()
    scene.socket.opens()
    const hello = scene.socket.last('hello')
    const token = 't'.repeat(4_096)
    expect(JSON.stringify({ ...hello, token }).length).toBeLessThan(MOST_BYTES)
    const named = Object.keys(hello?.resume ?? {})
    expect(named.length).toBeGreaterThan(1_500)
    expect(named).toEqual(expect.arrayContaining([uri(0), uri(CHATS - 1)]))
  })

  it('loads the others anew where something was missed, and goes on there', async () => {
    const scene = await back()
    const [still, missed] = [uri(CHATS - 3), uri(CHATS - 2)]
    welcomes(
      scene.socket,
      new Map([
        [missed, 10_007],
        [uri(CHATS - 1), 10_001],
      ]),
    )
    expect(scene.resets).toEqual([{ chat: missed, seq: 10_007 }])
    scene.socket.says({ ...said(10_008), chat: missed }, { ...said(10_001), chat: still })
    await scene.passes(50)
    expect(scene.events.slice(1).map(({ chat, seq }) => [chat, seq])).toEqual([
      [missed, 10_008],
      [still, 10_001],
    ])
    expect(scene.fetchEvents).not.toHaveBeenCalled()
  })
})
