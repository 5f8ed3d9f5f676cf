/** What may be shown outside of the page, as far as the browser and its user allow. */
export type Allowed = 'granted' | 'denied' | 'default' | 'missing'

export function allowed(): Allowed {
  return 'Notification' in globalThis ? Notification.permission : 'missing'
}

/** Only ever on somebody's click: browsers remember a "no" for good. */
export async function askToNotify(): Promise<Allowed> {
  return allowed() === 'default' ? await Notification.requestPermission() : allowed()
}

/** One for each chat: a newer one takes the place of the one before. */
export function notify(chat: string, title: string, body: string, opened: () => void): void {
  if (allowed() !== 'granted') return
  try {
    const shown = new Notification(title, { body, tag: chat, icon: '/favicon.svg', silent: true })
    shown.onclick = () => {
      globalThis.focus()
      shown.close()
      opened()
    }
  } catch {
    // Some phones allow them to service workers only.
    return
  }
}
