import type {
  ChangeMe,
  RecoveryCodes,
  SecondFactor,
  SecondFactorBegun,
  Session as SignedInDevice,
  SessionId,
  Sessions,
  User,
} from '@/wire/types'
import { CallsAsOneself } from './as-oneself'

export type { SignedInDevice }

const ME = '/auth/users/me/'
const SESSIONS = '/auth/sessions/'
const SECOND_FACTOR = '/auth/second_factor/'

/** What one does with one's own account. The names of fields in refusals are those of the server. */
export class AccountApi extends CallsAsOneself {
  me(): Promise<User> {
    return this.call({ method: 'GET', path: ME })
  }

  change(body: ChangeMe): Promise<User> {
    return this.call({ method: 'PATCH', path: ME, body })
  }

  deleteMe(current_password: string): Promise<null> {
    return this.call({ method: 'DELETE', path: ME, body: { current_password } })
  }

  /** Ends all other sessions. */
  setPassword(current_password: string, new_password: string): Promise<null> {
    const body = { current_password, new_password }
    return this.call({ method: 'POST', path: '/auth/users/set_password/', body })
  }

  async sessions(): Promise<SignedInDevice[]> {
    return (await this.call<Sessions>({ method: 'GET', path: SESSIONS })).sessions
  }

  revoke(id: SessionId): Promise<null> {
    return this.call({ method: 'DELETE', path: `${SESSIONS}${encodeURIComponent(id)}/` })
  }

  revokeOthers(): Promise<null> {
    return this.call({ method: 'DELETE', path: SESSIONS })
  }

  secondFactor(): Promise<SecondFactor> {
    return this.call({ method: 'GET', path: SECOND_FACTOR })
  }

  /** A new key, which counts once a first code of it is confirmed. */
  beginSecondFactor(current_password: string): Promise<SecondFactorBegun> {
    return this.call({ method: 'POST', path: SECOND_FACTOR, body: { current_password } })
  }

  async confirmSecondFactor(code: string): Promise<string[]> {
    const body = { code }
    const codes = await this.call<RecoveryCodes>({ method: 'POST', path: `${SECOND_FACTOR}confirm/`, body })
    return codes.recovery_codes
  }

  endSecondFactor(current_password: string, code: string): Promise<null> {
    return this.call({ method: 'DELETE', path: SECOND_FACTOR, body: { current_password, code } })
  }
}
