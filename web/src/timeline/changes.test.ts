import { describe, expect, it } from 'vitest'
import type { EventFrame, Message } from '@/wire/types'
import { isChange, messageAfter } from './changes'
import {
  alice,
  AT,
  bob,
  carol,
  deleted,
  edited,
  joined,
  message,
  page,
  person,
  reacted,
  said,
  unheardOf,
} from './samples'
import {
  emptyTimeline,
  messageIn,
  withDeletion,
  withEdit,
  withEvents,
  withHistory,
  withPending,
  type Timeline,
} from './timeline'

const LATER = '2026-11-23T11:00:00.000000Z'
const told = (...events: EventFrame[]) => withEvents(emptyTimeline, events, alice)
const at = (timeline: Timeline, seq: number): Message | undefined => messageIn(timeline, 100 + seq)
const seqs = (timeline: Timeline) => timeline.entries.map((entry) => entry.seq)

describe('a message that was edited', () => {
  it('says what it says now, and keeps its reactions', () => {
    const after = told(said(1), reacted(2, 1, alice), edited(3, 1, 'better', [carol], LATER))
    expect(at(after, 1)).toMatchObject({
      message: 'better',
      mentions: [{ id: 3, username: 'carol' }],
      edited_at: LATER,
      reactions: [{ emoji: '👍', count: 1, mine: true }],
    })
    expect(seqs(after)).toEqual([1])
  })

  it('is left alone when it is not here', () => {
    const before = withHistory(emptyTimeline, page(50, [message(40)], { next: 40 }), alice)
    const after = withEvents(before, [edited(51, 7, 'who?')], alice)
    expect(after.entries).toEqual(before.entries)
  })

  it('was deleted later on when the event has no text', () => {
    expect(at(told(said(1), edited(2, 1, null)), 1)?.message).toBeNull()
  })

  it('shows the answer to one’s own edit, unless something newer is there', () => {
    const answer = message(1, alice, { message: 'mine', edited_at: AT, reactions: [] })
    const before = told(said(1, alice), reacted(2, 1, bob))
    expect(at(withEdit(before, answer), 1)).toMatchObject({ message: 'mine', reactions: [{ count: 1 }] })
    const newer = withEvents(before, [edited(3, 1, 'from my phone', [], LATER)], alice)
    expect(at(withEdit(newer, answer), 1)?.message).toBe('from my phone')
    const gone = withEvents(before, [deleted(3, 1)], alice)
    expect(at(withEdit(gone, answer), 1)?.message).toBeNull()
  })
})

describe('a message that was deleted', () => {
  it('keeps its place and its name, and nothing else', () => {
    const after = told(said(1, bob, { client_id: 'c', reply_to: 9 }), reacted(2, 1, alice), deleted(3, 1))
    expect(at(after, 1)).toEqual({
      id: 101,
      seq: 1,
      user: bob,
      message: null,
      at: AT,
      client_id: 'c',
      reply_to: 9,
      deleted_at: AT,
    })
  })

  it('is gone at once for who deleted it, and the event changes nothing more', () => {
    const after = withDeletion(told(said(1, alice)), 1)
    expect(at(after, 1)?.message).toBeNull()
    expect(at(withEvents(after, [deleted(2, 1, alice)], alice), 1)?.message).toBeNull()
  })

  it('that is answered is deleted in the quote as well', () => {
    const before = withHistory(
      emptyTimeline,
      page(50, [message(40, bob, { reply_to: 107 })], { next: 40, answered: [message(7)] }),
      alice,
    )
    expect(at(before, 7)?.message).toBe('m7')
    expect(at(withEvents(before, [deleted(51, 7)], alice), 7)?.message).toBeNull()
  })
})

describe('reactions', () => {
  const under = (timeline: Timeline) => at(timeline, 1)?.reactions

  it('are counted by emoji, in the order in which each came first', () => {
    const after = told(said(1), reacted(2, 1, bob), reacted(3, 1, carol, '🎉'), reacted(4, 1, alice))
    expect(under(after)).toEqual([
      { emoji: '👍', count: 2, users: [2, 1], mine: true },
      { emoji: '🎉', count: 1, users: [3], mine: false },
    ])
  })

  it('are taken back, and the last one takes its emoji with it', () => {
    const both = told(said(1), reacted(2, 1, bob), reacted(3, 1, alice))
    const one = withEvents(both, [reacted(4, 1, alice, '👍', false)], alice)
    expect(under(one)).toEqual([{ emoji: '👍', count: 1, users: [2], mine: false }])
    expect(under(withEvents(one, [reacted(5, 1, bob, '👍', false)], alice))).toEqual([])
  })

  it('of many people name ten of them and count all', () => {
    const events = Array.from({ length: 12 }, (_, i) => reacted(i + 2, 1, person(i + 10, `p${i}`)))
    const after = told(said(1), ...events)
    expect(under(after)?.[0]).toMatchObject({ count: 12, users: [10, 11, 12, 13, 14, 15, 16, 17, 18, 19] })
  })

  it('count once, however often they are told', () => {
    const events = [said(1), reacted(2, 1, bob)]
    expect(under(withEvents(told(...events), events, alice))).toEqual([
      { emoji: '👍', count: 1, users: [2], mine: false },
    ])
  })
})

describe('history and events', () => {
  it('agree when the page is newer than the event', () => {
    const fresh = message(1, bob, { reactions: [{ emoji: '👍', count: 1, users: [2], mine: false }] })
    const after = withHistory(emptyTimeline, page(2, [fresh]), alice)
    expect(at(withEvents(after, [reacted(2, 1, bob)], alice), 1)?.reactions).toEqual(fresh.reactions)
  })

  it('agree when the page is a little ahead of what it says', () => {
    const reactions = [{ emoji: '👍', count: 1, users: [2], mine: false }]
    const ahead = withHistory(emptyTimeline, page(1, [message(1, bob, { reactions })]), alice)
    expect(at(withEvents(ahead, [reacted(2, 1, bob)], alice), 1)?.reactions).toEqual(reactions)
    const back = withEvents(
      ahead,
      [reacted(2, 1, carol, '👍', false), reacted(3, 1, alice, '👍', false)],
      alice,
    )
    expect(at(back, 1)?.reactions).toEqual(reactions)
  })

  it('agree at once when a page overlaps what is here and is newer', () => {
    const after = withHistory(told(said(1), said(2)), page(5, [message(2, bob, { message: 'x' })]), alice)
    expect(at(after, 2)?.message).toBe('x')
  })

  it('agree when the event came first, also to a message that was not here yet', () => {
    const before = withHistory(emptyTimeline, page(50, [message(40)], { next: 40 }), alice)
    const after = withEvents(before, [edited(51, 7, 'new'), deleted(52, 8)], alice)
    const all = withHistory(after, page(50, [message(7), message(8)]), alice)
    expect(at(all, 7)?.message).toBe('new')
    expect(at(all, 8)?.message).toBeNull()
    const newer = withHistory(after, page(53, [message(7, bob, { message: 'newer' })]), alice)
    expect(at(newer, 7)?.message).toBe('newer')
  })

  it('agree when the newest page is read anew while something happens to it', () => {
    const before = told(said(1), said(2))
    const meanwhile = withEvents(before, [edited(3, 1, 'edited'), said(4)], alice)
    const after = withHistory(meanwhile, page(2, [message(1), message(2)]), alice, 'newest')
    expect(at(after, 1)?.message).toBe('edited')
    expect(seqs(after)).toEqual([1, 2, 4])
  })

  it('leave what one is sending alone', () => {
    const pending = { clientId: 'c', text: 'hi', at: AT, state: 'sending' } as const
    const before = withPending(told(said(1)), pending, alice)
    const after = withEvents(before, [edited(2, 1, 'x'), reacted(3, 1, bob), deleted(4, 1)], alice)
    expect(after.pending).toEqual([pending])
    const back = withEvents(after, [said(5, alice, { client_id: 'c', message: null })], alice)
    expect(back.pending).toEqual([])
  })

  it('have nothing to show for kinds that nobody knows here', () => {
    expect(told(said(1), unheardOf(2), said(3)).entries.map(({ seq }) => seq)).toEqual([1, 3])
  })

  it('end up as the server has it, in whatever way they meet', () => {
    for (let seed = 1; seed <= 200; seed += 1) meet(seed)
  })
})

/** A random story, told by events in order while pages of any moment come in at any later one. */
function meet(seed: number): void {
  let state = seed
  const random = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
  const people = [alice, bob, carol]
  const story: EventFrame[] = [said(1)]
  const moments: Map<number, Message>[] = [new Map(), new Map([[1, message(1)]])]
  for (let seq = 2; seq <= 40; seq += 1) {
    const now = new Map(moments.at(-1))
    const live = [...now.values()].filter((its) => its.message !== null)
    const target = live[random(live.length)]
    const user = people[random(3)] ?? bob
    const what = target ? random(6) : 0
    let happens: EventFrame = said(seq, user)
    if (target && what === 2) happens = edited(seq, target.seq, `e${seq}`)
    if (target && what === 3) happens = deleted(seq, target.seq)
    if (target && what >= 4) {
      const on = !target.reactions?.some(({ users }) => users.includes(user.id))
      happens = reacted(seq, target.seq, user, '👍', on)
    }
    if (what === 1) happens = joined(seq, user)
    if (happens.kind === 'message.created') now.set(seq, happens.data)
    if (target && isChange(happens)) now.set(target.seq, messageAfter(target, happens, alice))
    story.push(happens)
    moments.push(now)
  }

  const pageOf = (seq: number, before: number) => {
    const all = [...(moments[seq]?.values() ?? [])].filter((its) => its.seq < before)
    const messages = all.slice(-4)
    const next = messages.length < all.length ? messages[0]?.seq : undefined
    return page(seq, messages, next === undefined ? {} : { next })
  }
  const start = 1 + random(20)
  let timeline = withHistory(emptyTimeline, pageOf(start, Infinity), alice, 'newest')
  /** A page that is on its way: true of a moment not before it was asked for. */
  let asked: { by: number; page: ReturnType<typeof pageOf>; before: number | undefined } | null = null
  for (let seq = start + 1; seq <= 40 || asked; seq += 1) {
    const happens = story[seq - 1]
    if (happens) timeline = withEvents(timeline, [happens], alice)
    if (asked && seq >= asked.by) {
      if (asked.before === undefined) timeline = withHistory(timeline, asked.page, alice, 'newest')
      else if (asked.before === timeline.older) timeline = withHistory(timeline, asked.page, alice)
      asked = null
    }
    if (!asked && seq < 40 && random(3) === 0) {
      const before = random(4) === 0 ? undefined : timeline.older
      const read = Math.min(40, seq + random(3))
      asked = { by: seq + random(6), page: pageOf(read, before ?? Infinity), before }
    }
  }

  const end = moments[40] ?? new Map<number, Message>()
  for (const entry of timeline.entries) {
    if (entry.kind === 'message') expect([seed, entry.message]).toEqual([seed, end.get(entry.seq)])
  }
  const oldest = timeline.older ?? 0
  const expected = [...end.keys()].filter((seq) => seq >= oldest)
  const shown = timeline.entries.filter((entry) => entry.kind === 'message').map((entry) => entry.seq)
  expect([seed, shown]).toEqual([seed, expected])
}
