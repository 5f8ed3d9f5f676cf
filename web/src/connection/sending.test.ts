import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { alice, bob, CHAT, HEARTBEAT_MS, said, Scene } from './scripted-server'

const message = (clientId: string) => ({ chat: CHAT, clientId, text: `says ${clientId}` })

describe('a message one sends', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('goes out at once and is acknowledged once', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send(message('a'))
    expect(server.last('send')).toEqual({ type: 'send', chat: CHAT, client_id: 'a', message: 'says a' })
    const ack = { type: 'ack', client_id: 'a', chat: CHAT, id: 9, seq: 1 } as const
    server.says(ack, ack)
    expect(scene.acks).toEqual([{ clientId: 'a', id: 9 }])
  })

  it('waits for the connection, in the order in which it was said', async () => {
    const scene = new Scene()
    scene.connection.send(message('a'))
    scene.connection.send(message('b'))
    const server = await scene.isLive()
    scene.connection.send(message('c'))
    expect(server.sent()).toEqual(['a', 'b', 'c'])
  })

  it('is sent again with the same client_id over the next connection, unless it was acknowledged', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    for (const id of ['a', 'b', 'c']) scene.connection.send(message(id))
    server.says({ type: 'ack', client_id: 'b', chat: CHAT, id: 9, seq: 1 })
    server.closes(1006)
    await scene.passes(500)
    scene.socket.welcomes(1)
    expect(scene.socket.sent()).toEqual(['a', 'c'])
  })

  it('counts as acknowledged when its event comes first', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send(message('a'))
    server.says(said(1, 'says a', alice, 'a'))
    server.closes(1006)
    await scene.passes(500)
    scene.socket.welcomes(1)
    expect(scene.socket.sent()).toEqual([])
  })

  it("is not confused with somebody else's of the same client_id", async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send(message('a'))
    server.says(said(1, 'hi', bob, 'a'))
    server.closes(1006)
    await scene.passes(500)
    scene.socket.welcomes(1)
    expect(scene.socket.sent()).toEqual(['a'])
  })

  it('is tried again when the server says so, and nothing overtakes it', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send(message('a'))
    server.says({ type: 'error', code: 'rate_limited', message: '', client_id: 'a', retry_after_ms: 700 })
    scene.connection.send(message('b'))
    await scene.passes(699)
    expect(server.sent()).toEqual(['a'])
    await scene.passes(1)
    expect(server.sent()).toEqual(['a', 'a', 'b'])
    expect(scene.refusals).toEqual([])
  })

  it('is tried again while the server is unavailable', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send(message('a'))
    for (let i = 0; i < 4; i += 1) {
      server.says({ type: 'error', code: 'unavailable', message: '', client_id: 'a' })
      await scene.passes(3_000)
    }
    expect(server.sent()).toEqual(['a', 'a', 'a', 'a', 'a'])
  })

  it('ends when it is refused for good', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send(message('a'))
    server.says({ type: 'error', code: 'not_a_member', message: 'no', client_id: 'a' })
    expect(scene.refusals.map(({ code }) => code)).toEqual(['not_a_member'])
    server.closes(1006)
    await scene.passes(500)
    scene.socket.welcomes()
    expect(scene.socket.sent()).toEqual([])
  })

  it('is not sent again once discarded', async () => {
    const scene = new Scene()
    scene.connection.send(message('a'))
    scene.connection.discard('a')
    const server = await scene.isLive()
    expect(server.sent()).toEqual([])
  })

  it('is said again on a living connection that never answered', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send(message('a'))
    await scene.passes(HEARTBEAT_MS)
    server.says({ type: 'pong' })
    expect(server.sent()).toEqual(['a', 'a'])
  })
})
