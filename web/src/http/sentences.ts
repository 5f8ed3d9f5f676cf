import { currentLocale, hasText, keyOfEnglish, t } from '@/i18n'
import { SignedOut } from '@/session/session'
import type { ErrorCode, FieldError } from '@/wire/types'
import { Refused, Unreachable } from './request'

/** What one tried to do: the same "no" has another reason for each. */
export type Attempt = 'joining' | 'inviting'

/** Why something did not work, for the person who tried. */
export function sentenceOf(error: unknown, attempt?: Attempt): string {
  if (error instanceof Unreachable) return t('general.unreachable')
  if (error instanceof SignedOut) return t('general.signedOut')
  if (!(error instanceof Refused)) return t('general.failed')
  const { code, fields } = error
  for (const key of [`errors.${attempt}.${code}`, `errors.anywhere.${code}`]) {
    if (!hasText(key)) continue
    // The server says more exactly what is wrong with what was written; but it speaks English.
    if (code === 'validation_failed' && currentLocale() === 'en' && attempt === undefined) break
    return t(key)
  }
  return fields[0]?.message ?? error.message
}

/** Null if the code is nothing one could be told. */
export function sentenceOfCode(code: ErrorCode): string | null {
  if (code === 'payload_too_large') return t('message.tooLong')
  const key = `errors.anywhere.${code}`
  return hasText(key) ? t(key) : null
}

/**
 * What is wrong with a field of the account: in the server's own words where they are understood, else in those that stand
 * for them here, else by the field's rule.
 */
export function fieldSentence({ field, message }: FieldError): string {
  if (currentLocale() === 'en') return message
  const weakness = keyOfEnglish('errors.weak', message)
  if (weakness) return t(weakness)
  const key = `errors.fields.${field}`
  return hasText(key) ? t(key) : message
}
