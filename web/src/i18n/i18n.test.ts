import { afterEach, describe, expect, it } from 'vitest'
import { currentLocale, preferredLocale, speak, t } from '.'

type Texts = { [key: string]: string | Texts }

/** Each text's key, the values that stand in it, and how many forms it has. */
function shapes(locale: string): [string, string][] {
  const files = import.meta.glob<string>('./*/*.json', { eager: true, query: '?raw', import: 'default' })
  return Object.entries(files).flatMap(([path, raw]) => {
    const [, of, area] = path.split('/')
    return of === locale ? shapesIn(JSON.parse(raw) as Texts, `${area} `) : []
  })
}

function shapesIn(texts: Texts, under: string): [string, string][] {
  return Object.entries(texts).flatMap(([key, text]): [string, string][] => {
    if (typeof text !== 'string') return shapesIn(text, `${under}${key}.`)
    const values = [...new Set(text.match(/\{\w+\}/g))].sort().join()
    return [[under + key, `${values} ${text.split(' | ').length}`]]
  })
}

afterEach(() => speak('en'))

describe('the languages', () => {
  it('have the same texts, with the same values in them', () => {
    const english = Object.fromEntries(shapes('en'))
    expect(Object.keys(english).length).toBeGreaterThan(200)
    expect(Object.fromEntries(shapes('de'))).toEqual(english)
  })

  it('are chosen by what the browser asks for', () => {
    expect(preferredLocale(['fr-FR', 'de-AT', 'en'])).toBe('de')
    expect(preferredLocale(['fr'])).toBe('en')
  })

  it('change at once, with singular and plural', async () => {
    expect([t('chat.members', { n: 1 }), t('chat.members', { n: 2 })]).toEqual(['1 member', '2 members'])
    await speak('de')
    expect(t('chat.members', { n: 2 })).toBe('2 Mitglieder')
    expect(currentLocale()).toBe('de')
    expect(document.documentElement.lang).toBe('de')
  })
})
