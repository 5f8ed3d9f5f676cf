import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ErrorCode } from '@/wire/types'
import { alice, bob, CHAT, HEARTBEAT_MS, said, Scene } from './scripted-server'

const message = (clientId: string, chat = CHAT) => ({ chat, clientId, text: `says ${clientId}` })
const ack = (clientId: string, seq = 1) =>
  ({ type: 'ack', client_id: clientId, chat: CHAT, id: 9, seq }) as const
const no = (clientId: string, code: ErrorCode, retryAfterMs?: number) =>
  ({
    type: 'error',
    code,
    message: '',
    client_id: clientId,
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
  }) as const

describe('a message one sends', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('goes out at once and is acknowledged once', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send(message('a'))
    expect(server.last('send')).toEqual({ type: 'send', chat: CHAT, client_id: 'a', message: 'says a' })
    server.says(ack('a'), ack('a'))
    expect(scene.acks).toEqual([{ clientId: 'a', id: 9 }])
  })

  it('waits for the connection, in the order in which it was said', async () => {
    const scene = new Scene()
    scene.connection.send(message('a'))
    scene.connection.send(message('b'))
    const server = await scene.isLive()
    scene.connection.send(message('c'))
    server.says(ack('a'), ack('b'))
    expect(server.sent()).toEqual(['a', 'b', 'c'])
  })

  it('is sent again with the same client_id over the next connection, unless it was acknowledged', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    for (const id of ['a', 'b', 'c']) scene.connection.send(message(id))
    server.says(ack('a'))
    server.closes(1006)
    await scene.passes(500)
    scene.socket.welcomes(1)
    scene.socket.says(ack('b', 2))
    expect(scene.socket.sent()).toEqual(['b', 'c'])
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
    server.says(no('a', 'rate_limited', 700))
    scene.connection.send(message('b'))
    await scene.passes(699)
    expect(server.sent()).toEqual(['a'])
    await scene.passes(1)
    server.says(ack('a'))
    expect(server.sent()).toEqual(['a', 'a', 'b'])
    expect(scene.refusals).toEqual([])
  })

  it('is not overtaken by one that was said right behind it when it is refused for now', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    // The server takes up what it gets before its refusal is here.
    const taken: string[] = []
    let room = 2
    const serves = () => {
      for (const id of server.sent().slice(served)) {
        served += 1
        room -= 1
        if (room === 0) server.says(no(id, 'rate_limited', 100))
        else taken.push(id)
      }
      for (const id of taken) server.says(ack(id))
    }
    let served = 0
    const all = ['a', 'b', 'c', 'd', 'e']
    for (const id of all) scene.connection.send(message(id))
    for (let turn = 0; turn < 10; turn += 1) {
      serves()
      await scene.passes(100)
    }
    expect(taken).toEqual(all)
  })

  it('waits for the one before it in its chat, and for none of other chats', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    for (const id of ['a', 'b', 'c']) scene.connection.send(message(id))
    scene.connection.send(message('x', 'anotherChat-0_1'))
    expect(server.sent()).toEqual(['a', 'x'])
    server.says(ack('a'))
    expect(server.sent()).toEqual(['a', 'x', 'b'])
    server.says(no('b', 'validation_failed'))
    expect(server.sent()).toEqual(['a', 'x', 'b', 'c'])
    expect(scene.refusals.map(({ message }) => message.clientId)).toEqual(['b'])
  })

  it('lets the next one go when nobody wants it any more', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    for (const id of ['a', 'b']) scene.connection.send(message(id))
    scene.connection.discard('a')
    expect(server.sent()).toEqual(['a', 'b'])
  })

  it('is tried again while the server is unavailable', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send(message('a'))
    for (let i = 0; i < 4; i += 1) {
      server.says(no('a', 'unavailable'))
      await scene.passes(3_000)
    }
    expect(server.sent()).toEqual(['a', 'a', 'a', 'a', 'a'])
  })

  it('ends when it is refused for good', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send(message('a'))
    server.says(no('a', 'not_a_member'))
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
