import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '@/connection/clock'
import { Refused, Unreachable } from '@/http/request'
import type { ChatUri, ReadMark, Seq } from '@/wire/types'
import { ReadMarks } from './read-marks'

describe('how far one has read', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const scene = () => {
    const tell = vi.fn(async (_chat: ChatUri, seq: Seq): Promise<ReadMark> => ({ seq }))
    const marks = new ReadMarks({ ...systemClock, random: () => 0.5 }, tell)
    const told = () => tell.mock.calls.map(([, seq]) => seq)
    return { tell, marks, told }
  }

  it('is told after a moment, and once for many messages', async () => {
    const { marks, told } = scene()
    for (let seq = 1; seq <= 9; seq += 1) marks.reached('a', seq)
    expect(told()).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(told()).toEqual([9])
  })

  it('is told in between when messages keep coming', async () => {
    const { marks, told } = scene()
    for (let seq = 1; seq <= 30; seq += 1) {
      marks.reached('a', seq)
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(told().length).toBeGreaterThanOrEqual(2)
    expect(told().length).toBeLessThanOrEqual(4)
  })

  it('never goes back, and is not told to who knows it', async () => {
    const { marks, told } = scene()
    marks.known('a', 5)
    marks.reached('a', 5)
    marks.reached('a', 3)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(told()).toEqual([])
    marks.reached('a', 7)
    marks.known('a', 8)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(told()).toEqual([])
  })

  it('has one call at a time for each chat', async () => {
    const { tell, marks, told } = scene()
    let answer: (mark: ReadMark) => void = () => undefined
    tell.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)))
    marks.reached('a', 1)
    await vi.advanceTimersByTimeAsync(1_000)
    marks.reached('a', 2)
    marks.reached('b', 9)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(tell.mock.calls).toEqual([
      ['a', 1],
      ['b', 9],
    ])
    answer({ seq: 1 })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(told()).toEqual([1, 9, 2])
  })

  it('is told again after trouble, but not after a no', async () => {
    const { tell, marks, told } = scene()
    tell.mockRejectedValueOnce(new Unreachable())
    marks.reached('a', 1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told()).toEqual([1, 1])
    const no = { type: '', title: '', status: 403, code: 'not_a_member', detail: '' } as const
    tell.mockRejectedValueOnce(new Refused(no))
    marks.reached('a', 2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(told()).toEqual([1, 1, 2])
  })

  it('is nobody’s business any more after one has left', async () => {
    const { marks, told } = scene()
    marks.reached('a', 1)
    marks.reached('b', 1)
    marks.forget('a')
    marks.clear()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(told()).toEqual([])
  })
})
