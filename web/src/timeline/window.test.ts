import { describe, expect, it } from 'vitest'
import type { History, Message, Seq } from '@/wire/types'
import { alice, bob, message, page, said } from './samples'
import { rowsOf } from './rows'
import { emptyTimeline, trimmed, withEvents, withHistory, withPending, type Timeline } from './timeline'

const seqs = ({ entries }: Timeline): Seq[] => entries.map((entry) => entry.seq)
const range = (from: Seq, to: Seq): Message[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => message(from + i))

/** A server whose chat has grown to this position. */
function history(grown: Seq, limit: number) {
  const cut = (from: Seq, to: Seq) => range(Math.max(1, from), Math.min(grown, to))
  const next = (more: boolean, seq: Seq | undefined): Partial<History> => (more && seq ? { next: seq } : {})
  return {
    newest: () => {
      const all = cut(grown - limit + 1, grown)
      return page(grown, all, next(grown > limit, all[0]?.seq))
    },
    before: (seq: Seq) => {
      const all = cut(seq - limit, seq - 1)
      return page(grown, all, next(seq - limit > 1, all[0]?.seq))
    },
    after: (seq: Seq) => {
      const all = cut(seq + 1, seq + limit)
      return page(grown, all, next(seq + limit < grown, all.at(-1)?.seq))
    },
    around: (seq: Seq) => {
      const all = cut(seq - limit / 2 + 1, seq + limit / 2)
      const first = all[0]?.seq ?? 1
      const previous = first > 1 ? { previous: first } : {}
      return page(grown, all, { ...next(seq + limit / 2 < grown, all.at(-1)?.seq), ...previous })
    },
  }
}

describe('a part of a long chat', () => {
  const there = withHistory(emptyTimeline, history(100, 10).around(50), alice, 'around')

  it('goes on at both ends', () => {
    expect([there.older, seqs(there)[0], seqs(there).at(-1), there.newer]).toEqual([46, 46, 55, 55])
    const down = withHistory(there, history(100, 10).after(55), alice, 'newer')
    const both = withHistory(down, history(100, 10).before(46), alice, 'older')
    expect(seqs(both)).toEqual(range(36, 65).map(({ seq }) => seq))
    expect([both.older, both.newer]).toEqual([36, 65])
  })

  it('does not show what is said at the end as if it followed', () => {
    const later = withEvents(there, [said(101)], alice)
    expect(seqs(later)).toEqual(seqs(there))
    const mine = withPending(later, { clientId: 'x', text: 'hi', at: message(1).at, state: 'sending' }, alice)
    expect(rowsOf(mine, alice).some((row) => row.kind === 'said' && row.pending)).toBe(false)
  })

  it('meets what was said meanwhile once it gets to the end, without a gap and each once', () => {
    let timeline = withEvents(there, [said(101), said(102)], alice)
    // The server had not said 103 when it answered; here it came before the answer.
    for (let newer = timeline.newer; newer !== undefined; newer = timeline.newer) {
      const answer = history(102, 20).after(newer)
      timeline = withEvents(timeline, [said(103)], alice)
      timeline = withHistory(timeline, answer, alice, 'newer')
    }
    expect(seqs(timeline)).toEqual(range(46, 103).map(({ seq }) => seq))
    expect(timeline.ahead).toEqual([])
  })

  it('is left for the newest page, which stands alone', () => {
    const newest = withHistory(
      withEvents(there, [said(101)], alice),
      history(100, 10).newest(),
      alice,
      'newest',
    )
    expect(seqs(newest)).toEqual(range(91, 101).map(({ seq }) => seq))
    expect(newest.newer).toBeUndefined()
  })

  it('lets go of what is far away, and knows where to get it again', () => {
    const long = withHistory(emptyTimeline, page(1_300, range(1, 1_300)), alice, 'newest')
    const top = trimmed(long, 'top')
    expect([seqs(top)[0], top.older, top.newer]).toEqual([501, 501, undefined])
    const end = trimmed(long, 'end')
    expect([seqs(end).at(-1), end.newer, end.older]).toEqual([800, 800, undefined])
    expect(trimmed(there, 'top')).toBe(there)
    const again = withHistory(end, history(1_300, 1_000).after(800), alice, 'newer')
    expect(seqs(again)).toHaveLength(1_300)
  })
})

describe('what one has not read', () => {
  it('begins at a line of its own, before the first thing another one said', () => {
    const all = [said(1), said(2, alice), said(3, alice), said(4, bob), said(5, bob)]
    const rows = rowsOf(withEvents(emptyTimeline, all, alice), alice, { readUpTo: 1 })
    expect(rows.map(({ kind }) => kind)).toEqual(['day', 'said', 'said', 'said', 'new', 'said', 'said'])
  })
})
