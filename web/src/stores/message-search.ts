import { ref, shallowRef, watch, type Ref } from 'vue'
import { Refused } from '@/http/request'
import type { ChatUri, Hit } from '@/wire/types'
import { useChats } from './chats'

/** Who types wants an answer for the word, not for each of its letters. */
const PAUSE_MS = 220
/** The server looks for words: something that is one must be in it. */
const SEARCHABLE = /[\p{L}\p{N}]/u
const MOST = 200

/** What was said about the typed words, in one chat or in all of mine, the best first. */
export function useMessageSearch(words: Readonly<Ref<string>>, chat?: ChatUri) {
  const chats = useChats()
  const hits = shallowRef<readonly Hit[]>([])
  const next = ref<number>()
  const state = ref<'idle' | 'loading' | 'ready' | 'failed'>('idle')
  /** What was asked later than an answer makes it worthless. */
  let asked = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(
    words,
    (now) => {
      asked += 1
      clearTimeout(timer)
      if (!SEARCHABLE.test(now)) {
        hits.value = []
        next.value = undefined
        state.value = 'idle'
        return
      }
      state.value = 'loading'
      timer = setTimeout(() => void search(), PAUSE_MS)
    },
    { immediate: true },
  )

  async function search(after?: number): Promise<void> {
    const mine = (asked += 1)
    state.value = 'loading'
    try {
      const page = await chats.api.search(words.value.trim().slice(0, MOST), {
        ...(chat === undefined ? {} : { chat }),
        ...(after === undefined ? {} : { after }),
      })
      if (mine !== asked) return
      hits.value = after === undefined ? page.hits : [...hits.value, ...page.hits]
      next.value = page.next
      state.value = 'ready'
    } catch (error) {
      if (mine !== asked) return
      // Words that the server sees nothing in are words that nobody said.
      const empty = error instanceof Refused && error.code === 'validation_failed'
      if (empty) hits.value = []
      state.value = empty ? 'ready' : 'failed'
    }
  }

  return { hits, next, state, retry: () => search(), more: () => search(next.value) }
}
