import { defineStore } from 'pinia'
import { watch } from 'vue'
import type { ChatUri } from '@/wire/types'
import { useSession } from './session'

/** What was begun in each chat and not sent, while the page lasts. */
export const useDrafts = defineStore('drafts', () => {
  const drafts = new Map<ChatUri, string>()
  const session = useSession()
  watch(
    () => session.user?.id,
    () => drafts.clear(),
  )

  function of(uri: ChatUri): string | undefined {
    return drafts.get(uri)
  }

  function keep(uri: ChatUri, text: string): void {
    if (text.trim() === '') drafts.delete(uri)
    else drafts.set(uri, text)
  }

  return { of, keep }
})
