import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refused, Unreachable, type Call } from '@/http/request'
import type { ErrorCode, TokenGranted } from '@/wire/types'
import type { OtherTabs, Word } from './other-tabs'
import { Session, SignedOut, type Exclusively } from './session'

const alice = { id: 1, username: 'alice', first_name: '', last_name: '' }

function refusal(code: ErrorCode, status = 401): Refused {
  return new Refused({ type: 'about:blank', title: '', status, code, detail: 'no' })
}

/** Tabs of one browser: what one says the others hear, and one has its turn at a time. */
function browser() {
  const ears: ((word: Word) => void)[] = []
  let last: Promise<unknown> = Promise.resolve()
  let busy = 0
  return {
    tab(): { tabs: OtherTabs; exclusively: Exclusively } {
      const hear: ((word: Word) => void)[] = []
      return {
        tabs: {
          listen: (listener) => void (hear.push(listener), ears.push(listener)),
          tell: (word) => void ears.forEach((ear) => hear.includes(ear) || setTimeout(() => ear(word), 5)),
        },
        exclusively: (task) => {
          const waited = busy > 0
          busy += 1
          const done = last.then(() => task(waited)).finally(() => (busy -= 1))
          last = done.catch(() => undefined)
          return done
        },
      }
    },
  }
}

function counting(): () => TokenGranted {
  let count = 0
  return () => ({ token: `token-${(count += 1)}`, expires_in: 300, user: alice })
}

function scene({ tab = browser().tab(), granting = counting() } = {}) {
  const grant = granting
  const request = vi.fn<(call: Call) => Promise<unknown>>(async () => grant())
  const listener = {
    signedIn: vi.fn(),
    renewed: vi.fn(),
    changed: vi.fn(),
    signedOut: vi.fn(),
    unreachable: vi.fn(),
  }
  const session = new Session(
    {
      clock: {
        now: () => Date.now(),
        after: (ms, then) => {
          const id = setTimeout(then, ms)
          return { cancel: () => clearTimeout(id) }
        },
        random: () => 0.5,
      },
      request: request as <T>(call: Call) => Promise<T>,
      ...tab,
    },
    listener,
  )
  return { session, request, listener, grant }
}

describe('a session', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is taken up from the cookie, without anything else', async () => {
    const { session, request, listener } = scene()
    expect(await session.restore()).toBe(true)
    expect(request).toHaveBeenCalledExactlyOnceWith({ method: 'POST', path: '/auth/jwt/refresh/', body: {} })
    expect(listener.signedIn).toHaveBeenCalledExactlyOnceWith(alice)
  })

  it('is over when the server says so', async () => {
    const { session, request, listener } = scene()
    request.mockRejectedValue(refusal('refresh_invalid'))
    expect(await session.restore()).toBe(false)
    expect(listener.signedIn).not.toHaveBeenCalled()
    await expect(session.token()).rejects.toBeInstanceOf(SignedOut)
  })

  it('is not over when the server can not be reached', async () => {
    const { session, request, listener } = scene()
    request.mockRejectedValueOnce(new Unreachable()).mockRejectedValueOnce(new Unreachable())
    const restored = session.restore()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await restored).toBe(true)
    expect(listener.unreachable).toHaveBeenCalledTimes(2)
    expect(listener.signedOut).not.toHaveBeenCalled()
  })

  it('asks for no new token while one is leaving, though the socket hears of it first', async () => {
    const { session, request, listener } = scene()
    await session.restore()
    let answered = (): void => undefined
    request.mockImplementationOnce(() => new Promise((resolve) => (answered = () => resolve(null))))
    const left = session.leaveBy(() => session.signOut())
    await vi.advanceTimersByTimeAsync(0)
    const renewed = session.renewed('token-1').catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(1_000)
    answered()
    await left
    expect(await renewed).toBeInstanceOf(SignedOut)
    expect(request.mock.calls.map(([call]) => call.path)).toEqual(['/auth/jwt/refresh/', '/auth/logout/'])
    expect(listener.signedOut).toHaveBeenCalledOnce()
  })

  it('goes on with a new token when leaving fails', async () => {
    const { session, request } = scene()
    await session.restore()
    request.mockRejectedValueOnce(new Unreachable())
    await expect(session.leaveBy(() => session.signOut())).rejects.toBeInstanceOf(Unreachable)
    expect(await session.renewed('token-1')).toBe('token-2')
  })

  it('renews its token at three quarters of its life, again and again', async () => {
    const { session, listener } = scene()
    await session.restore()
    await vi.advanceTimersByTimeAsync(224_999)
    expect(listener.renewed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(listener.renewed).toHaveBeenCalledExactlyOnceWith('token-2')
    await vi.advanceTimersByTimeAsync(225_000)
    expect(listener.renewed).toHaveBeenLastCalledWith('token-3')
  })

  it('keeps trying to renew through an outage', async () => {
    const { session, request, listener } = scene()
    await session.restore()
    request.mockRejectedValueOnce(new Unreachable()).mockRejectedValueOnce(new Unreachable())
    await vi.advanceTimersByTimeAsync(240_000)
    expect(listener.renewed).toHaveBeenCalledOnce()
    expect(listener.signedOut).not.toHaveBeenCalled()
  })

  it('asks once when many need a token at the same time', async () => {
    const { session, request } = scene()
    await session.restore()
    vi.setSystemTime(Date.now() + 3_600_000)
    expect(await Promise.all([session.token(), session.token(), session.renewed('token-1')])).toEqual([
      'token-2',
      'token-2',
      'token-2',
    ])
    expect(request).toHaveBeenCalledTimes(2)
  })

  it('does not renew for one who was refused with an older token', async () => {
    const { session, request } = scene()
    await session.restore()
    expect(await session.renewed('token-0')).toBe('token-1')
    expect(request).toHaveBeenCalledTimes(1)
  })

  it('ends everything of before when the cookie became somebody else’s', async () => {
    const { session, request, listener, grant } = scene()
    await session.restore()
    request.mockResolvedValueOnce({ ...grant(), user: { ...alice, id: 2, username: 'bob' } })
    await session.renewed('token-1')
    expect(listener.signedOut).toHaveBeenCalledOnce()
    expect(listener.signedIn).toHaveBeenLastCalledWith(expect.objectContaining({ username: 'bob' }))
  })

  it('does not come back by an answer that was on its way when one signed out', async () => {
    const { session, request, listener, grant } = scene()
    await session.restore()
    let answer: (value: TokenGranted) => void = () => undefined
    request.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)))
    const late = session.renewed('token-1')
    session.ended()
    answer(grant())
    await expect(late).rejects.toBeInstanceOf(SignedOut)
    expect(listener.signedIn).toHaveBeenCalledOnce()
  })

  it('is renewed by one of its tabs for all of them, also after the computer slept', async () => {
    const [open, granting] = [browser(), counting()]
    const tabs = [1, 2, 3].map(() => scene({ tab: open.tab(), granting }))
    for (const { session } of tabs) await session.restore()
    const asked = () => tabs.reduce((sum, { request }) => sum + request.mock.calls.length, 0)
    const before = asked()
    vi.setSystemTime(Date.now() + 3_600_000)
    const tokens = Promise.all(tabs.map(({ session }) => session.token()))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(new Set(await tokens).size).toBe(1)
    expect(asked()).toBe(before + 1)
    for (const { listener } of tabs) expect(listener.signedOut).not.toHaveBeenCalled()
  })

  it('is renewed by the next tab when the first one can not', async () => {
    const [open, granting] = [browser(), counting()]
    const [first, second] = [1, 2].map(() => scene({ tab: open.tab(), granting }))
    if (!first || !second) throw new Error('two')
    for (const { session } of [first, second]) await session.restore()
    vi.setSystemTime(Date.now() + 3_600_000)
    first.request.mockRejectedValueOnce(new Unreachable())
    const failing = expect(first.session.token()).rejects.toBeInstanceOf(Unreachable)
    const token = second.session.token()
    await vi.advanceTimersByTimeAsync(2_000)
    await failing
    expect(await token).toBe('token-3')
    expect(await first.session.token()).toBe('token-3')
  })

  it('ends in all tabs when one signs out in one of them', async () => {
    const [open, granting] = [browser(), counting()]
    const [first, second] = [1, 2].map(() => scene({ tab: open.tab(), granting }))
    if (!first || !second) throw new Error('two')
    for (const { session } of [first, second]) await session.restore()
    await first.session.signOut()
    await vi.advanceTimersByTimeAsync(10)
    expect(second.listener.signedOut).toHaveBeenCalledOnce()
  })

  it('knows one by other names in all tabs, by one’s own change or by a renewal, and nobody else by them', async () => {
    const [open, granting] = [browser(), counting()]
    const [first, second] = [1, 2].map(() => scene({ tab: open.tab(), granting }))
    if (!first || !second) throw new Error('two')
    for (const { session } of [first, second]) await session.restore()
    await vi.advanceTimersByTimeAsync(10)
    const named = { ...alice, first_name: 'Alice' }
    first.session.changed(named)
    first.session.changed({ ...named, id: 2 })
    await vi.advanceTimersByTimeAsync(10)
    for (const { listener } of [first, second]) {
      expect(listener.changed).toHaveBeenCalledExactlyOnceWith(named)
      expect(listener.signedIn).toHaveBeenCalledOnce()
    }

    // On another device meanwhile.
    first.request.mockResolvedValueOnce({ token: 'x', expires_in: 300, user: alice })
    await first.session.renewed('token-2')
    expect(first.listener.changed).toHaveBeenLastCalledWith(alice)
    expect(first.listener.signedOut).not.toHaveBeenCalled()
  })
})
