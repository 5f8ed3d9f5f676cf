import { createRequire } from 'node:module'
import type { Plugin } from 'vite'

interface Known {
  emoji: string
  label: string
  tags?: string[]
  group?: number
  order?: number
  version: number
}

/** Newer ones are still empty boxes on many devices. */
const NEWEST = 15
/** By the order of Unicode's own groups; 2 holds parts of emoji and none of its own. */
const GROUPS = [
  'smileys',
  'people',
  null,
  'animals',
  'food',
  'travel',
  'activities',
  'objects',
  'symbols',
  'flags',
]

const PREFIX = 'virtual:emoji/'

/** `virtual:emoji/en`: what a picker needs of each emoji in that language, by group, and nothing more. */
export function emoji(): Plugin {
  const require = createRequire(import.meta.url)
  return {
    name: 'chatire-emoji',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null
      const all = require(`emojibase-data/${id.slice(PREFIX.length + 1)}/data.json`) as Known[]
      const groups = GROUPS.flatMap((group, index) => (group === null ? [] : [[group, inGroup(all, index)]]))
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(groups))})`
    },
  }
}

function inGroup(all: Known[], group: number): [string, string, string][] {
  return all
    .filter((known) => known.group === group && known.version <= NEWEST)
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map(({ emoji, label, tags }) => [emoji, label, (tags ?? []).join(' ')])
}
