import { shallowRef, type ShallowRef } from 'vue'

/** Stands in `{public_url}/auth#reset=TOKEN`: browsers send what is behind the `#` to no server. */
const LINK = /^#reset=([\w-]+)$/

/** What a mail's link brought here; gone with the page, or when it was used. */
export const resetToken: ShallowRef<string | null> = shallowRef(null)

/**
 * Takes the token out of the address bar before anything else looks at the address: nobody reads it over a shoulder, copies
 * it with the address, or finds it when going back. The page may be open already when the link is followed. Returns how to stop.
 */
export function watchForResetLinks(): () => void {
  take()
  addEventListener('popstate', take)
  addEventListener('hashchange', take)
  return () => {
    removeEventListener('popstate', take)
    removeEventListener('hashchange', take)
  }
}

function take(): void {
  const token = LINK.exec(location.hash)?.[1]
  if (token === undefined || !/^\/auth\/?$/.test(location.pathname)) return
  resetToken.value = token
  history.replaceState(history.state, '', '/auth?mode=new-password')
}
