import { emptyTimeline, trimmed } from '@/timeline/timeline'
import type { ChatState, ReadingPlace } from './chat-state'

/**
 * A chat that nobody looks at, where something happens all the same. Once too much of it is here its end is kept, if that is
 * where one goes on reading. Else it is as if one had never opened it, but for what one has said oneself and is not
 * committed yet: all else is loaded when one comes back, around where one was or where the new messages begin.
 */
export function unwatched(state: ChatState, place: ReadingPlace | undefined): ChatState {
  // What has not been loaded may be on its way, and must be met by all that came in meanwhile.
  if (!state.timeline.loaded) return state
  const timeline = trimmed(state.timeline, 'top')
  if (timeline === state.timeline) return state
  const { unread, read_seq } = state.chat
  const goesOnAt = place?.seq ?? (unread > 0 ? read_seq : Infinity)
  if (goesOnAt >= (timeline.older ?? 0)) return { ...state, timeline }
  return { ...state, opened: false, timeline: { ...emptyTimeline, pending: timeline.pending } }
}
