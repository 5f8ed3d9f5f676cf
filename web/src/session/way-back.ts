/**
 * A mail's link opens a tab of its own. Where one wanted to go stands in the address of the tab that asked for the mail: as
 * long as that is open it tells, and nothing of it has to be written down anywhere.
 */
const NAME = 'chatire-way-back'

type Word = { kind: 'asked' } | { kind: 'to'; path: string }

/** Tells who asks. Returns how to stop. */
export function tellWayBack(path: () => string): () => void {
  const channel = new BroadcastChannel(NAME)
  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data.kind === 'asked') channel.postMessage({ kind: 'to', path: path() } satisfies Word)
  }
  return () => channel.close()
}

/** Asks the other tabs. Returns how to stop. */
export function askWayBack(heard: (path: string) => void): () => void {
  const channel = new BroadcastChannel(NAME)
  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data.kind === 'to') heard(data.path)
  }
  channel.postMessage({ kind: 'asked' } satisfies Word)
  return () => channel.close()
}
