import { backoff } from '@/connection/backoff'
import type { Clock, Timer } from '@/connection/clock'
import { Refused, Unreachable, type Call } from '@/http/request'
import type { OtherTabs, Word } from './other-tabs'
import type { SignedUp, SignIn, SignUp, TokenGranted, User } from '@/wire/types'

/** Renewed when this much of a token's life is over, while the old one still works. */
const RENEW_AT = 0.75
/** What another tab was given may arrive a little after its turn has ended. */
const NEWS_WITHIN_MS = 250
/** A token that ends within this time is as good as ended. */
const MARGIN_MS = 5_000

/** What ends the session is waited for so long before a new token is asked for all the same. */
const LEFT_WITHIN_MS = 2_000

/** There is no session (any more): sign in. */
export class SignedOut extends Error {
  constructor() {
    super('You are signed out.')
  }
}

/** Runs one at a time over all tabs of this browser. The task hears whether another one had to be waited for. */
export type Exclusively = <T>(task: (waited: boolean) => Promise<T>) => Promise<T>

export interface Surroundings {
  clock: Clock
  request<T>(call: Call): Promise<T>
  exclusively: Exclusively
  tabs: OtherTabs
}

export interface Listener {
  signedIn(user: User): void
  renewed(token: string): void
  /** One is called otherwise now, or has another address. */
  changed(user: User): void
  signedOut(): void
  /** The first renewal can't reach the server; it goes on trying. */
  unreachable(): void
}

/**
 * Who one is, as long as it lasts. The access token is only here, in memory; what survives a reload is the refresh
 * cookie, which no script can see. Only the server's clear "no" ends a session: trouble on the way there never does.
 */
export class Session {
  private access: { token: string; endsAt: number } | null = null
  private user: User | null = null
  private timer: Timer | null = null
  private renewal: Promise<string> | null = null
  private leaving: Promise<void> | null = null
  /** Counts sign-ins and sign-outs: an answer to a question from before does not matter any more. */
  private era = 0

  constructor(
    private readonly around: Surroundings,
    private readonly listener: Listener,
  ) {
    around.tabs.listen((word) => this.heard(word))
  }

  /** At the start: takes up the session of the cookie, if there is one, however long the server takes to answer. */
  async restore(): Promise<boolean> {
    for (let failures = 0; ; failures += 1) {
      try {
        await this.renew()
        return true
      } catch (error) {
        if (error instanceof SignedOut) return false
        this.listener.unreachable()
        await this.pause(backoff(failures, this.around.clock))
      }
    }
  }

  /** Makes the account; signing in is a step of its own, which may fail on its own. */
  async signUp(body: SignUp): Promise<void> {
    await this.around.request<SignedUp>({ method: 'POST', path: '/auth/users/', body })
  }

  async signIn(body: SignIn): Promise<void> {
    const grant = await this.around.request<TokenGranted>({ method: 'POST', path: '/auth/jwt/create/', body })
    this.granted(grant)
    this.tell(grant)
  }

  async signOut(): Promise<void> {
    const token = await this.token()
    await this.around.request({ method: 'POST', path: '/auth/logout/', body: {}, token })
    this.closed()
  }

  /**
   * Does what ends the session when it succeeds. Meanwhile no new token is asked for: the socket is closed as soon as the
   * session has ended, which may be before the answer is here.
   */
  async leaveBy(act: () => Promise<void>): Promise<void> {
    const acting = act()
    this.leaving = acting.catch(() => undefined)
    try {
      await acting
    } finally {
      this.leaving = null
    }
  }

  /** The server said who one is from now on. */
  changed(user: User): void {
    this.nowKnownAs(user)
    this.around.tabs.tell({ kind: 'changed', user })
  }

  /** It ended by what one did here, for all tabs. */
  closed(): void {
    this.ended()
    this.around.tabs.tell({ kind: 'ended' })
  }

  /** A token that works now. */
  async token(): Promise<string> {
    const { access } = this
    if (access && access.endsAt - MARGIN_MS > this.around.clock.now()) return access.token
    return this.renew()
  }

  /** A newer token than this one, which somebody refused. */
  async renewed(than: string): Promise<string> {
    if (this.access && this.access.token !== than) return this.token()
    return this.renew()
  }

  /** The server said that it is over. */
  ended(): void {
    this.era += 1
    this.access = null
    this.user = null
    this.renewal = null
    this.timer?.cancel()
    this.timer = null
    this.listener.signedOut()
  }

  private renew(): Promise<string> {
    if (this.renewal) return this.renewal
    const renewal = this.askForToken().finally(() => {
      if (this.renewal === renewal) this.renewal = null
    })
    this.renewal = renewal
    return renewal
  }

  private async askForToken(): Promise<string> {
    const { era } = this
    const before = this.access
    try {
      if (this.leaving) await Promise.race([this.leaving, this.pause(LEFT_WITHIN_MS)])
      if (era !== this.era) throw new SignedOut()
      // Each use makes a new refresh token of the old one: two tabs at once would use the same one twice.
      const grant = await this.around.exclusively(async (waited) => {
        if (waited && (await this.hasNews(before))) return null
        const fresh = await this.around.request<TokenGranted>({
          method: 'POST',
          path: '/auth/jwt/refresh/',
          body: {},
        })
        // Before the next tab has its turn.
        this.tell(fresh)
        return fresh
      })
      if (era !== this.era) throw new SignedOut()
      return grant ? this.granted(grant) : await this.token()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (error.code === 'rate_limited') throw new Unreachable()
      if (era === this.era) this.ended()
      throw new SignedOut()
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.around.clock.after(ms, resolve))
  }

  private tell(grant: TokenGranted): void {
    this.around.tabs.tell({ kind: 'granted', grant, at: this.around.clock.now() })
  }

  /** Whether another tab has meanwhile told of a token that is newer than this one. */
  private async hasNews(before: typeof this.access): Promise<boolean> {
    const isNew = (): boolean =>
      this.access !== null &&
      this.access !== before &&
      this.access.endsAt - MARGIN_MS > this.around.clock.now()
    if (!isNew()) await this.pause(NEWS_WITHIN_MS)
    return isNew()
  }

  private heard(word: Word): void {
    if (word.kind === 'ended') {
      if (this.user) this.ended()
      return
    }
    if (word.kind === 'changed') return this.nowKnownAs(word.user)
    const ageMs = Math.max(0, this.around.clock.now() - word.at)
    const { grant } = word
    // Who is not signed in here is about to ask; and who signs in there is not who one is here.
    if (this.user === null || ageMs >= grant.expires_in * 1000) return
    this.granted({ ...grant, expires_in: grant.expires_in - ageMs / 1000 })
  }

  private granted({ token, expires_in, user }: TokenGranted): string {
    const { clock } = this.around
    const lifeMs = expires_in * 1000
    const first = this.user?.id !== user.id
    // Somebody else signed in in another tab, and the cookie is theirs now: nothing of before may stay.
    if (first && this.user) this.ended()
    if (first) this.era += 1
    this.access = { token, endsAt: clock.now() + lifeMs }
    if (first) this.user = user
    else this.nowKnownAs(user)
    this.renewAfter(lifeMs * RENEW_AT, 0)
    if (first) this.listener.signedIn(user)
    else this.listener.renewed(token)
    return token
  }

  /** Oneself, by the names of now. */
  private nowKnownAs(user: User): void {
    if (this.user?.id !== user.id || JSON.stringify(this.user) === JSON.stringify(user)) return
    this.user = user
    this.listener.changed(user)
  }

  private renewAfter(ms: number, failures: number): void {
    this.timer?.cancel()
    this.timer = this.around.clock.after(ms, () => {
      this.renew().catch((error: unknown) => {
        if (error instanceof SignedOut) return
        this.renewAfter(1_000 + backoff(failures, this.around.clock), failures + 1)
      })
    })
  }
}
