import type { Locale } from '@/i18n'
import type { Emoji } from '@/wire/types'

export interface EmojiChoice {
  emoji: Emoji
  name: string
  /** All that it may be looked for by. */
  words: string
}

export interface EmojiGroup {
  name: string
  emoji: EmojiChoice[]
}

/** All emoji with their names in that language. Loaded when somebody wants to see them. */
export async function loadEmoji(locale: Locale): Promise<EmojiGroup[]> {
  const { default: groups } = await (locale === 'de'
    ? import('virtual:emoji/de')
    : import('virtual:emoji/en'))
  return groups.map(([name, all]) => ({
    name,
    emoji: all.map(([emoji, label, words]) => ({
      emoji,
      name: label,
      words: `${label} ${words}`.toLocaleLowerCase(),
    })),
  }))
}

/** Those of which all typed words are the beginning of something. */
export function findEmoji(groups: readonly EmojiGroup[], typed: string): EmojiChoice[] {
  const wanted = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  const fits = ({ words }: EmojiChoice): boolean =>
    wanted.every((word) => words.startsWith(word) || words.includes(` ${word}`))
  return groups.flatMap(({ emoji }) => emoji.filter(fits))
}
