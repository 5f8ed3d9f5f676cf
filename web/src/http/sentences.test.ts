import { afterEach, describe, expect, it } from 'vitest'
import { speak } from '@/i18n'
import { fieldSentence } from './sentences'

const about = (field: string, message: string) => fieldSentence({ field, message })

afterEach(() => speak('en'))

describe('what is wrong with a field', () => {
  it('is said in the server’s own words where these are understood', () => {
    expect(about('new_password', 'Avoid sequences.')).toBe('Avoid sequences.')
    expect(about('email', 'this is no e-mail address')).toBe('this is no e-mail address')
  })

  it('is said in one’s own language else: the same reason, or the field’s rule', async () => {
    await speak('de')
    expect(about('new_password', 'Avoid sequences.')).toBe('Vermeide Folgen.')
    expect(
      about('password', "Predictable substitutions like '@' instead of 'a' don't help very much."),
    ).toMatch(/^Vorhersehbare Ersetzungen wie „@“/)
    expect(about('new_password', 'a reason of a newer server')).toBe(
      '8 bis 128 Zeichen, und nicht leicht zu erraten.',
    )
    expect(about('unheard_of', 'as it is')).toBe('as it is')
  })
})
