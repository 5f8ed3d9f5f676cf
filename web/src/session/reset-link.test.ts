import { afterEach, describe, expect, it } from 'vitest'
import { resetToken, watchForResetLinks } from './reset-link'

let stop = (): void => undefined

/** A page is opened by this address. */
function opens(address: string): void {
  history.replaceState(null, '', address)
  stop = watchForResetLinks()
}

describe('the token of a mail’s link', () => {
  afterEach(() => {
    stop()
    resetToken.value = null
    history.replaceState(null, '', '/')
  })

  it('leaves the address bar at once, and is kept nowhere else', () => {
    opens('/auth#reset=abc-DEF_123')
    expect(resetToken.value).toBe('abc-DEF_123')
    expect(location.pathname + location.search + location.hash).toBe('/auth?mode=new-password')
    expect(JSON.stringify({ ...localStorage, ...sessionStorage, ...history.state })).not.toContain('abc')
  })

  it('is also found where the page is open already', () => {
    opens('/auth?mode=forgotten')
    expect(resetToken.value).toBeNull()
    history.replaceState(null, '', '/auth#reset=later')
    dispatchEvent(new Event('hashchange'))
    expect(resetToken.value).toBe('later')
    expect(location.hash).toBe('')
  })

  it.each(['/chats/abc#reset=abc', '/auth#reset=', '/auth#reset=<b>', '/auth#other=abc'])(
    'is not what stands in %s',
    (address) => {
      opens(address)
      expect(resetToken.value).toBeNull()
      expect(location.pathname + location.hash).toBe(address.replace('<', '%3C').replace('>', '%3E'))
    },
  )
})
