import type { Api } from '@/http/api'
import type { EventFrame, History, Seq } from '@/wire/types'
import { noteOf } from './notes'

const MOST_PAGES = 3

/**
 * Who came and went, and what else stands between the messages of a page of history. History has messages only, but
 * every event has its number: where numbers are missing, something else happened. Nice to have and nothing more, so
 * trouble here just leaves the lines out.
 *
 * @param from the first position that belongs to the page
 * @param to the last one
 */
export async function loadNotes(
  api: Pick<Api, 'events'>,
  page: History,
  from: Seq,
  to: Seq,
): Promise<EventFrame[]> {
  const holes = missing(page, from, to)
  const notes: EventFrame[] = []
  try {
    for (let asked = 0; asked < MOST_PAGES && holes.length > 0; asked += 1) {
      const { events, more } = await api.events(page.uri, (holes[0] ?? 1) - 1)
      notes.push(...events.filter((event) => event.seq >= from && event.seq <= to && noteOf(event) !== null))
      const last = events.at(-1)?.seq
      if (!more || last === undefined) break
      while (holes[0] !== undefined && holes[0] <= last) holes.shift()
    }
  } catch {
    return notes
  }
  return notes
}

function missing(page: History, from: Seq, to: Seq): Seq[] {
  const there = new Set(page.messages.map((message) => message.seq))
  const holes: Seq[] = []
  for (let seq = from; seq <= to; seq += 1) if (!there.has(seq)) holes.push(seq)
  return holes
}
