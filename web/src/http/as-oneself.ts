import type { Session } from '@/session/session'
import { Refused, request, type Call } from './request'

/** Calls with one's token. One that has just ended is renewed, once, and the call repeated. */
export class CallsAsOneself {
  constructor(protected readonly session: Session) {}

  protected async call<T>(call: Call): Promise<T> {
    const token = await this.session.token()
    try {
      return await request<T>({ ...call, token })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (error.code === 'session_revoked') this.session.ended()
      if (error.code !== 'token_expired' && error.code !== 'token_invalid') throw error
      return request<T>({ ...call, token: await this.session.renewed(token) })
    }
  }
}
