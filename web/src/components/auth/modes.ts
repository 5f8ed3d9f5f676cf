import type { Key } from '@/i18n'

/** What the sign-in page is about. Its address says so, so that "back" goes back. */
export const MODES = {
  'sign-up': 'auth.signUp',
  'sign-in': 'auth.signIn',
  forgotten: 'auth.forgotten',
  'new-password': 'auth.newPasswordTitle',
} as const satisfies Record<string, Key>
export type Mode = keyof typeof MODES

export function modeOf(query: unknown): Mode {
  return typeof query === 'string' && query in MODES ? (query as Mode) : 'sign-up'
}

/** Right, but not enough. */
export interface Credentials {
  username: string
  password: string
}
