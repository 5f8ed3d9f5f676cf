import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EventFrame } from '@/wire/types'
import { alice, bob, CHAT, said, Scene } from './scripted-server'

describe('events of a chat', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('arrive in order, each once, when the server repeats them', async () => {
    const scene = new Scene()
    const server = await scene.isLive(3)
    server.says(said(3), said(4), said(4), said(5), said(3))
    await scene.passes(50)
    expect(scene.seqs()).toEqual([4, 5])
  })

  it('wait behind a gap, which is fetched once', async () => {
    const scene = new Scene()
    const server = await scene.isLive(1)
    scene.fetchEvents.mockImplementation(async () => ({
      seq: 5,
      events: [said(2), said(3), said(4)],
      more: false,
    }))
    server.says(said(4), said(5))
    await scene.passes(50)
    expect(scene.fetchEvents).toHaveBeenCalledExactlyOnceWith(CHAT, 1)
    expect(scene.seqs()).toEqual([2, 3, 4, 5])
  })

  it('need no fetched page when what was missing comes late', async () => {
    const scene = new Scene()
    const server = await scene.isLive(0)
    scene.fetchEvents.mockImplementation(async () => {
      server.says(said(1), said(2))
      return { seq: 3, events: [said(1), said(2), said(3)], more: false }
    })
    server.says(said(3))
    await scene.passes(50)
    expect(scene.seqs()).toEqual([1, 2, 3])
  })

  it('are fetched page by page when the gap is long', async () => {
    const scene = new Scene()
    const server = await scene.isLive(0)
    scene.fetchEvents.mockImplementation(async (_chat, after) => ({
      seq: 7,
      events: [said(after + 1), said(after + 2)],
      more: true,
    }))
    server.says(said(7))
    await scene.passes(50)
    expect(scene.seqs()).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('are resumed over a new connection when the gap can not be fetched', async () => {
    const scene = new Scene()
    const server = await scene.isLive(1)
    scene.fetchEvents.mockRejectedValue(new Error('no network'))
    server.says(said(2), said(9))
    await scene.passes(1000)
    expect(server.closedByClient).toBe(true)
    scene.socket.opens()
    expect(scene.socket.last('hello')?.resume).toEqual({ [CHAT]: 2 })
  })

  it('of a chat one was just added to begin where they begin', async () => {
    const scene = new Scene()
    const server = await scene.isLive()
    server.says({ ...said(41), chat: 'anotherChat-0_1' }, { ...said(42), chat: 'anotherChat-0_1' })
    await scene.passes(50)
    expect(scene.seqs()).toEqual([41, 42])
    expect(scene.fetchEvents).not.toHaveBeenCalled()
  })

  it('go on after a reset from where it says', async () => {
    const scene = new Scene()
    const server = await scene.isLive(5)
    server.says({ type: 'reset', chat: CHAT, seq: 900 }, said(900), said(901))
    await scene.passes(50)
    expect(scene.resets).toEqual([{ chat: CHAT, seq: 900 }])
    expect(scene.seqs()).toEqual([901])
  })

  it('come at once when single, and in few slices when a thousand burst in', async () => {
    const scene = new Scene()
    const server = await scene.isLive(0)
    server.says(said(1))
    expect(scene.seqs()).toEqual([1])
    for (let seq = 2; seq <= 1000; seq += 1) server.says(said(seq))
    await scene.passes(200)
    expect(scene.seqs()).toEqual(upTo(1000))
    expect(scene.batches.length).toBeLessThan(8)
  })

  it('leave time for frames between small slices when ten thousand burst in', async () => {
    const scene = new Scene()
    const server = await scene.isLive(0)
    for (let seq = 1; seq <= 10_000; seq += 1) server.says(said(seq))
    await scene.passes(2_000)
    expect(scene.seqs()).toEqual(upTo(10_000))
    expect(Math.max(...scene.batches)).toBeLessThanOrEqual(200)
    // At 60 Hz at least one frame is drawn between any two of them.
    const between = scene.batchesAt.slice(1).map((at, i) => at - (scene.batchesAt[i] ?? 0))
    expect(Math.min(...between)).toBeGreaterThanOrEqual(17)
  })

  it('of a burst wait for frames where these are slow: one slice for each', async () => {
    const scene = new Scene()
    const server = await scene.isLive(0)
    for (let seq = 1; seq <= 1_000; seq += 1) server.says(said(seq))
    scene.frames = []
    for (let drawn = 1; drawn <= 5; drawn += 1) {
      await scene.passes(500)
      expect(scene.batches).toHaveLength(drawn)
      expect(scene.frames).toHaveLength(1)
      scene.frames.shift()?.()
    }
    expect(scene.seqs()).toEqual(upTo(1_000))
  })

  it('of ten thousand are all taken up at once where nobody looks, however rare timers are there', async () => {
    const scene = new Scene()
    const server = await scene.isLive(0)
    scene.unseen = true
    for (let seq = 1; seq <= 10_000; seq += 1) server.says(said(seq))
    await scene.passes(32)
    expect(scene.seqs()).toEqual(upTo(10_000))
  })

  it('of a burst come before the reset that came after them, and all others behind it', async () => {
    const scene = new Scene()
    const server = await scene.isLive(0)
    for (let seq = 1; seq <= 700; seq += 1) server.says(said(seq))
    server.says({ type: 'reset', chat: CHAT, seq: 9_000 }, said(9_001))
    expect(scene.resets).toEqual([])
    await scene.passes(500)
    expect(scene.seqs()).toEqual([...upTo(700), 9_001])
    expect(scene.resets).toEqual([{ chat: CHAT, seq: 9_000 }])
    expect(scene.order.indexOf('reset')).toBe(700)
  })

  it('of a burst are asked for again when the connection is lost meanwhile, and come once', async () => {
    const scene = new Scene()
    const server = await scene.isLive(0)
    for (let seq = 1; seq <= 700; seq += 1) server.says(said(seq))
    server.closes(1006)
    await scene.passes(1_000)
    scene.socket.opens()
    const read = scene.seqs().length
    expect(read).toBeLessThan(700)
    expect(scene.socket.last('hello')?.resume).toEqual({ [CHAT]: read })
    scene.socket.welcomes(700)
    for (let seq = read + 1; seq <= 700; seq += 1) scene.socket.says(said(seq))
    await scene.passes(500)
    expect(scene.seqs()).toEqual(upTo(700))
  })

  it('of a burst reach nobody who has signed out meanwhile', async () => {
    const scene = new Scene()
    const server = await scene.isLive(0)
    for (let seq = 1; seq <= 700; seq += 1) server.says(said(seq))
    scene.connection.stop()
    const before = scene.seqs().length
    await scene.passes(1_000)
    expect(scene.seqs()).toHaveLength(before)
  })

  it('of kinds that nobody knows here have their place in the order like all others', async () => {
    const scene = new Scene()
    const server = await scene.isLive(1)
    server.says(said(2), { ...said(3), kind: 'poll.opened', data: {} } as unknown as EventFrame, said(4))
    await scene.passes(50)
    expect(scene.seqs()).toEqual([2, 3, 4])
    expect(scene.fetchEvents).not.toHaveBeenCalled()
    server.closes(1006)
    await scene.passes(500)
    scene.socket.opens()
    expect(scene.socket.last('hello')?.resume).toEqual({ [CHAT]: 4 })
  })

  it('of a chat one has left begin anew when one comes back', async () => {
    const scene = new Scene()
    const server = await scene.isLive(1)
    const data = { user: alice, by: bob, banned: false }
    server.says({ ...said(2), kind: 'member.removed', data } as EventFrame)
    server.says(said(9), said(10))
    await scene.passes(50)
    expect(scene.seqs()).toEqual([2, 9, 10])
    expect(scene.fetchEvents).not.toHaveBeenCalled()
  })

  it('survive any order and any repetition', async () => {
    const scene = new Scene()
    const server = await scene.isLive(0)
    const all = Array.from({ length: 200 }, (_, i) => said(i + 1))
    scene.fetchEvents.mockImplementation(async (_chat, after) => ({
      seq: 200,
      events: all.slice(after, after + 20),
      more: after + 20 < 200,
    }))
    const shuffled = [...all, ...all].sort((a, b) => ((a.seq * 7919) % 211) - ((b.seq * 7919) % 211))
    for (const [i, event] of shuffled.entries()) {
      server.says(event)
      if (i % 17 === 0) await scene.settles()
    }
    await scene.passes(100)
    expect(scene.seqs()).toEqual(all.map((event) => event.seq))
  })
})

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1)
}
