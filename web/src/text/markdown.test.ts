// @vitest-environment jsdom
// DOMPurify vouches for what it does in jsdom and in browsers only.

import { describe, expect, it } from 'vitest'
import { excerpt } from './excerpt'
import { rendered } from './markdown'
import { withMentions } from './mentions'
import { isOnlyEmoji } from './only-emoji'

function html(...given: Parameters<typeof rendered>): string {
  const box = document.createElement('div')
  box.append(rendered(...given))
  return box.innerHTML
}
function shown(...given: Parameters<typeof rendered>): HTMLElement {
  const box = document.createElement('div')
  box.append(rendered(...given))
  return box
}

describe('a message', () => {
  it('is shown as Markdown', () => {
    expect(html('**a** *b* ~~c~~ `d`')).toBe(
      '<p dir="auto"><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>',
    )
    expect(shown('- a\n- b').querySelectorAll('li')).toHaveLength(2)
    expect(shown('```js\nlet a = "<b>"\n```').querySelector('pre')?.textContent).toBe('let a = "<b>"\n')
    expect(shown('> a').querySelector('blockquote')?.textContent?.trim()).toBe('a')
  })

  it('has one stop for the keyboard at each block of code: what scrolls', () => {
    const stops = shown('```js\nlet a\n```\n\n~~~\nb\n~~~').querySelectorAll('[tabindex]')
    expect([...stops].map(({ tagName }) => tagName)).toEqual(['PRE', 'PRE'])
  })

  it('keeps its lines', () => {
    expect(shown('a\nb  \nc').textContent).toBe('a\nb\nc')
  })

  it.each([
    '<img src=x onerror=alert(1)>',
    '<script>alert(1)</script>',
    '[a](javascript:alert(1))',
    '[a](data:text/html,<script>alert(1)</script>)',
    '![a](https://example.org/a.png)',
    '[a]: javascript:alert(1)\n\n[a]',
    '<a href="javascript:alert(1)">a</a>',
    '<svg><style><img src=x onerror=alert(1)>',
    '<https://example.org/" onclick="alert(1)>',
    '```" onclick=alert(1)\na\n```',
    '<form action=//example.org><input name=a>',
  ])('is harmless, whatever it says: %s', (text) => {
    const box = shown(text)
    expect(box.querySelectorAll('img, script, style, svg, form, input, iframe, object')).toHaveLength(0)
    for (const element of box.querySelectorAll('*')) {
      for (const { name, value } of element.attributes) {
        expect(['href', 'rel', 'target', 'class', 'dir', 'start', 'tabindex']).toContain(name)
        if (name === 'href') expect(value).toMatch(/^https?:\/\//)
      }
    }
  })
})

describe('links', () => {
  const hrefs = (text: string) => [...shown(text).querySelectorAll('a')].map((a) => a.getAttribute('href'))

  it('are found without the punctuation around them, and lead out of here', () => {
    expect(hrefs('See (https://example.org/a_(b)), or http://example.org/?q=1.')).toEqual([
      'https://example.org/a_(b)',
      'http://example.org/?q=1',
    ])
    const link = shown('[here](https://example.org)').querySelector('a')
    expect([link?.rel, link?.target]).toEqual(['noopener noreferrer nofollow', '_blank'])
  })

  it('are never anything but http and https', () => {
    expect(
      hrefs('javascript:alert(1) data:text/html,x file:///etc/passwd https:// ftp://example.org'),
    ).toEqual([])
    expect(hrefs('[a](mailto:a@example.org) [b](//example.org) [c](/chats) a@example.org README.md')).toEqual(
      [],
    )
  })
})

describe('mentions', () => {
  const mentions = [
    { id: 1, username: 'alice' },
    { id: 2, username: 'Élodie.b' },
  ]
  const marked = (text: string) => {
    const parts = withMentions(text, mentions)
    expect(parts.map((part) => part.text).join('')).toBe(text)
    return parts.flatMap((part) => (part.mention === undefined ? [] : [[part.text, part.mention]]))
  }

  it('are marked in any case and Unicode form, without the punctuation behind them', () => {
    expect(marked('Hi @ALICE, @élodie.b. (@alice-) @bob @alicent')).toEqual([
      ['@ALICE', 1],
      ['@élodie.b', 2],
      ['@alice', 1],
    ])
  })

  it('are not marked within words, links and code, nor when the server knows of none', () => {
    const within = shown('x@alice https://example.org/@alice `@alice` **@alice**', mentions, 1)
    expect([...within.querySelectorAll('.mention')].map((b) => b.parentElement?.tagName)).toEqual(['STRONG'])
    expect(within.querySelector('.mention')?.className).toBe('mention me')
    expect(withMentions('@alice')).toEqual([{ text: '@alice' }])
  })
})

describe('an excerpt', () => {
  it('is the text in one line, without its signs', () => {
    expect(excerpt('# Plan\n\n- **one** `two`\n> see [here](https://example.org)')).toBe(
      'Plan one two see here',
    )
    expect(excerpt('2 * 3 * 4, snake_case_name and a-b')).toBe('2 * 3 * 4, snake_case_name and a-b')
    expect(excerpt('```js\nlet a\n```')).toBe('let a')
  })
})

it('knows a message of nothing but a few emoji', () => {
  expect(isOnlyEmoji('🎉')).toBe(true)
  expect(isOnlyEmoji('👩‍💻 👍🏽')).toBe(true)
  expect(isOnlyEmoji('1')).toBe(false)
  expect(isOnlyEmoji('🎉 yes')).toBe(false)
})
