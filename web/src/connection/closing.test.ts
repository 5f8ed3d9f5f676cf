import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CloseCode } from '@/wire/types'
import { CHAT, HEARTBEAT_MS, said, Scene } from './scripted-server'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a connection that is closed', () => {
  it.each([
    ['restart', CloseCode.Restart],
    ['too slow', CloseCode.TooSlow],
    ['going away', 1001],
    ['without a word', 1006],
    ['normally', CloseCode.Normal],
    ['for a protocol error', CloseCode.Protocol],
  ])('%s comes back and resumes', async (_why, code) => {
    const scene = new Scene()
    const server = await scene.isLive(3)
    server.says(said(4))
    server.closes(code)
    expect(scene.state).toBe('waiting')
    await scene.passes(500)
    expect(scene.sockets).toHaveLength(2)
    scene.socket.opens()
    expect(scene.socket.last('hello')).toEqual({
      type: 'hello',
      token: 'token',
      protocol: 1,
      resume: { [CHAT]: 4 },
    })
  })

  it.each([CloseCode.BadFrame, CloseCode.Forbidden])('with %i stays closed', async (code) => {
    const scene = new Scene()
    const server = await scene.isLive()
    server.closes(code)
    await scene.passes(600_000)
    scene.connection.wake()
    await scene.settles()
    expect(scene.states.at(-1)).toEqual({ name: 'stopped', code })
    expect(scene.sockets).toHaveLength(1)
  })

  it('with 4403 after a renewal begins anew: somebody signed in again in another tab', async () => {
    const scene = new Scene()
    const server = await scene.isLive(3)
    scene.connection.renewed('of another session')
    scene.token.mockResolvedValue('of another session')
    server.closes(CloseCode.Forbidden)
    await scene.passes(500)
    scene.socket.opens()
    expect(scene.socket.last('hello')).toMatchObject({ token: 'of another session', resume: { [CHAT]: 3 } })
    scene.socket.closes(CloseCode.Forbidden)
    expect(scene.state).toBe('stopped')
  })

  it('with 4401 gets a new token first, at once, and later with more and more patience', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.token.mockImplementation(async (fresh) => (fresh ? 'fresh' : 'stale'))
    server.closes(CloseCode.Unauthorized)
    await scene.settles()
    expect(scene.token).toHaveBeenLastCalledWith(true)
    scene.socket.opens()
    expect(scene.socket.last('hello')?.token).toBe('fresh')
    scene.socket.closes(CloseCode.Unauthorized)
    await scene.settles()
    expect(scene.state).toBe('waiting')
    expect(scene.sockets).toHaveLength(2)
    await scene.passes(1000)
    expect(scene.sockets).toHaveLength(3)
  })

  it('with 4401 ends when there is no new token to be had', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.token.mockResolvedValue(null)
    server.closes(CloseCode.Unauthorized)
    await scene.passes(60_000)
    expect(scene.state).toBe('signed-out')
    expect(scene.sockets).toHaveLength(1)
  })

  it('with 4429 waits at least 20 seconds, whoever looks', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    server.closes(CloseCode.TooMany)
    await scene.passes(10_000)
    scene.connection.wake()
    await scene.passes(9_999)
    expect(scene.sockets).toHaveLength(1)
    await scene.passes(20_001)
    expect(scene.sockets).toHaveLength(2)
  })

  it('with 1009 gives up the message that was too big, and comes back', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.send({ chat: CHAT, clientId: 'huge', text: 'x' })
    server.closes(CloseCode.TooBig)
    expect(scene.refusals.map(({ message }) => message.clientId)).toEqual(['huge'])
    await scene.passes(500)
    scene.socket.welcomes()
    expect(scene.socket.sent()).toEqual([])
  })

  it('waits longer each time, with full jitter, and never over 30 seconds', async () => {
    const scene = new Scene()
    scene.random = 0.999
    await scene.starts()
    const waits: number[] = []
    for (let i = 0; i < 12; i += 1) {
      const before = Date.now()
      scene.socket.closes(1006)
      const state = scene.states.at(-1)
      if (state?.name === 'waiting') waits.push(state.retryAt - before)
      await scene.passes(31_000)
    }
    expect(waits[0]).toBeLessThan(500)
    expect(waits[3]).toBeGreaterThan(3000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
    scene.random = 0
    scene.socket.closes(1006)
    const state = scene.states.at(-1)
    expect(state?.name === 'waiting' && state.retryAt).toBe(Date.now())
  })

  it('tries again at once when the network comes back', async () => {
    const scene = new Scene()
    scene.random = 0.999
    await scene.starts()
    for (let i = 0; i < 6; i += 1) {
      scene.socket.closes(1006)
      await scene.passes(i < 5 ? 31_000 : 0)
    }
    const tries = scene.sockets.length
    scene.connection.wake()
    await scene.settles()
    expect(scene.sockets).toHaveLength(tries + 1)
  })

  it('keeps trying when the token can not be renewed for lack of network', async () => {
    const scene = new Scene()
    scene.token.mockRejectedValueOnce(new Error('no network'))
    scene.connection.start()
    await scene.settles()
    expect(scene.state).toBe('waiting')
    await scene.passes(500)
    scene.socket.welcomes()
    expect(scene.state).toBe('live')
  })

  it('follows the time given by reconnect, also when the server goes first', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    server.says({ type: 'reconnect', after_ms: 4000 })
    await scene.passes(1000)
    expect(scene.state).toBe('live')
    server.closes(CloseCode.Restart)
    await scene.passes(2999)
    expect(scene.sockets).toHaveLength(1)
    await scene.passes(1)
    expect(scene.sockets).toHaveLength(2)
  })

  it('does not listen to the old connection any more', async () => {
    const scene = new Scene()
    const old = await scene.isLive(0)
    old.closes(1006)
    await scene.passes(500)
    scene.socket.welcomes(0)
    old.says(said(1))
    old.closes(4403)
    scene.socket.says(said(1))
    await scene.passes(50)
    expect(scene.seqs()).toEqual([1])
    expect(scene.state).toBe('live')
  })
})

describe('a connection that dies in silence', () => {
  it('is noticed after two heartbeats', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    await scene.passes(HEARTBEAT_MS)
    expect(server.last('ping')).toEqual({ type: 'ping' })
    await scene.passes(HEARTBEAT_MS - 1)
    expect(scene.state).toBe('live')
    await scene.passes(1)
    expect(scene.state).toBe('waiting')
    expect(server.closedByClient).toBe(true)
  })

  it('is not assumed while anything comes in', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    for (let i = 0; i < 10; i += 1) {
      await scene.passes(HEARTBEAT_MS)
      server.says({ type: 'pong' })
    }
    expect(scene.state).toBe('live')
  })

  it('is asked at once after the computer slept, and given 5 seconds', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    vi.setSystemTime(Date.now() + 3_600_000)
    scene.connection.wake()
    expect(server.last('ping')).toBeDefined()
    await scene.passes(5_000)
    expect(scene.state).toBe('waiting')
  })

  it('is given up when ready does not come', async () => {
    const scene = new Scene()
    const server = await scene.starts()
    server.opens()
    await scene.passes(15_000)
    expect(server.closedByClient).toBe(true)
    expect(scene.state).toBe('waiting')
  })
})

describe('a token', () => {
  it('that was renewed is told to the server', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    scene.connection.renewed('newer')
    expect(server.last('auth')).toEqual({ type: 'auth', token: 'newer' })
  })

  it('is never sent before the socket is open, nor after stop', async () => {
    const scene = new Scene()
    const server = await scene.starts()
    scene.connection.renewed('newer')
    expect(server.got).toEqual([])
    scene.connection.stop()
    scene.connection.renewed('newest')
    expect(server.got).toEqual([])
    expect(scene.state).toBe('idle')
  })
})
