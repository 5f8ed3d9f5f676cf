import type { Seq, User } from '@/wire/types'
import type { Timeline } from './timeline'

/** How many messages of others came in after this. */
export function unseenAfter({ entries }: Timeline, seq: Seq, self: User): number {
  let count = 0
  for (let i = entries.length - 1; i >= 0; i -= 1) {
    const entry = entries[i]
    if (!entry || entry.seq <= seq) break
    if (entry.kind === 'message' && entry.message.user.id !== self.id) count += 1
  }
  return count
}
