import type { Mention, UserId } from '@/wire/types'

/** A piece of a text, which may be somebody's name. */
export interface Part {
  text: string
  mention?: UserId
}

/** An `@` where a word could begin, and all behind it that a username may be made of. */
const CANDIDATE = /(?<![\p{Alphabetic}\p{N}._+@-])@([\p{Alphabetic}\p{N}._+@-]{1,30})/gu
const JOINT = /[._+@-]/g

/** A text in pieces, the members it names apart. */
export function withMentions(text: string, mentions: readonly Mention[] = []): Part[] {
  if (mentions.length === 0) return [{ text }]
  const ids = new Map(mentions.map(({ id, username }) => [keyOf(username), id]))
  const parts: Part[] = []
  let done = 0
  for (const match of text.matchAll(CANDIDATE)) {
    const hit = longestName(match[1] ?? '', ids)
    if (!hit) continue
    if (match.index > done) parts.push({ text: text.slice(done, match.index) })
    done = match.index + 1 + hit.length
    parts.push({ text: text.slice(match.index, done), mention: hit.id })
  }
  if (done < text.length) parts.push({ text: text.slice(done) })
  return parts
}

/** `ann-lee.` may mean `ann-lee.`, `ann-lee` or `ann`: what stands before a joint may be the whole name. */
function longestName(run: string, ids: ReadonlyMap<string, UserId>): { id: UserId; length: number } | null {
  const ends = [...run.matchAll(JOINT)].map((joint) => joint.index)
  for (const length of [run.length, ...ends.reverse()]) {
    const id = ids.get(keyOf(run.slice(0, length)))
    if (id !== undefined) return { id, length }
  }
  return null
}

/** Two names that differ only in case or Unicode form are the same. */
function keyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
