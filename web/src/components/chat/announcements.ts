import { ref, watch, type Ref } from 'vue'
import { t } from '@/i18n'
import { nameOf } from '@/timeline/names'
import type { Timeline } from '@/timeline/timeline'
import type { User } from '@/wire/types'

/** What a screen reader is told of what others just said: one message in full, several by their number. */
export function useAnnouncements(timeline: () => Timeline, self: User): Readonly<Ref<string>> {
  const text = ref('')
  const newest = (): number => timeline().entries.at(-1)?.seq ?? 0
  let told = newest()
  watch(timeline, ({ entries, newer }, before) => {
    // Pages of history are read by whoever scrolls to them.
    if (newer !== undefined || before.newer !== undefined || !before.loaded) return void (told = newest())
    const fresh = []
    for (let i = entries.length - 1; i >= 0; i -= 1) {
      const entry = entries[i]
      if (!entry || entry.seq <= told) break
      if (entry.kind === 'message' && entry.message.user.id !== self.id && entry.message.message !== null) {
        fresh.push(entry.message)
      }
    }
    told = newest()
    const [one] = fresh
    if (!one) return
    text.value =
      fresh.length === 1
        ? t('chat.said', { name: nameOf(one.user), text: one.message })
        : t('chat.saidMany', { n: fresh.length })
  })
  return text
}
