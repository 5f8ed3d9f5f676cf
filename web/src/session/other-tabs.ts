import type { TokenGranted, User } from '@/wire/types'

/** What the tabs of one browser tell each other. It never leaves the browser, nor gets onto its disk. */
export type Word =
  /** Renewed at this time, in milliseconds since 1970: nobody else need ask for the same. */
  | { kind: 'granted'; grant: TokenGranted; at: number }
  /** One is called otherwise now. */
  | { kind: 'changed'; user: User }
  | { kind: 'ended' }

export interface OtherTabs {
  tell(word: Word): void
  listen(hear: (word: Word) => void): void
}

export function otherTabs(): OtherTabs {
  const channel = new BroadcastChannel('chatire-session')
  return {
    tell: (word) => channel.postMessage(word),
    listen: (hear) => void (channel.onmessage = ({ data }) => hear(data as Word)),
  }
}
