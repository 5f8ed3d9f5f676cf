import { computed, ref, type Ref } from 'vue'
import { matching } from '@/stores/member-list'
import type { User } from '@/wire/types'

/** An `@` where a word could begin, and what was typed behind it, up to the caret. */
const BEGUN = /(?<![\p{Alphabetic}\p{N}._+@-])@([\p{Alphabetic}\p{N}._+@-]{0,30})$/u
const MOST = 6

/** The name that is being typed, if it is one. Returns where it begins. */
export function mentionAt(text: string, caret: number): { from: number; typed: string } | null {
  const match = BEGUN.exec(text.slice(0, caret))
  return match ? { from: match.index, typed: match[1] ?? '' } : null
}

/** Completes `@names` while one types. */
export function useMentionCompletion(text: Ref<string>, caret: Ref<number>, people: () => readonly User[]) {
  /** Where a name begins that one did not want to have completed. */
  const refused = ref<number>()
  const chosen = ref(0)

  const begun = computed(() => {
    const mention = mentionAt(text.value, caret.value)
    return mention && mention.from !== refused.value ? mention : null
  })
  const found = computed(() => {
    if (!begun.value) return []
    const members = people().map((user) => ({ user }))
    return matching(members, begun.value.typed)
      .slice(0, MOST)
      .map(({ user }) => user)
  })
  const active = computed(() => found.value[Math.min(chosen.value, found.value.length - 1)] ?? null)

  function move(step: 1 | -1): void {
    const count = found.value.length
    if (count > 0) chosen.value = (Math.min(chosen.value, count - 1) + step + count) % count
  }

  /** The text and the caret with the name in it. */
  function complete(user: User): { text: string; caret: number } | null {
    if (!begun.value) return null
    const before = `${text.value.slice(0, begun.value.from)}@${user.username} `
    chosen.value = 0
    return { text: before + text.value.slice(caret.value).replace(/^ /, ''), caret: before.length }
  }

  function refuse(): void {
    refused.value = begun.value?.from
    chosen.value = 0
  }

  /** Something was typed: a name elsewhere may be meant. */
  function typed(): void {
    const mention = mentionAt(text.value, caret.value)
    if (mention?.from !== refused.value) refused.value = undefined
    chosen.value = 0
  }

  return { found, active, move, complete, refuse, typed }
}
