import DOMPurify from 'dompurify'
import MarkdownIt, { type StateCore, type Token } from 'markdown-it'
import type { Mention, UserId } from '@/wire/types'
import { withMentions } from './mentions'

/** What a message may become. Whatever else gets through Markdown's own rules is taken out again. */
const ALLOWED = {
  ALLOWED_TAGS: [
    ...['p', 'strong', 'em', 's', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a', 'b', 'hr'],
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'rel', 'target', 'class', 'dir', 'start', 'tabindex'],
  ALLOWED_URI_REGEXP: /^https?:\/\//i,
  ADD_URI_SAFE_ATTR: ['rel', 'target', 'dir', 'start', 'tabindex'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
}

type Make = StateCore['Token']

interface Env {
  mentions: readonly Mention[]
  self: UserId | undefined
}

const markdown = new MarkdownIt({ html: false, linkify: true })
// No images: nobody's browser asks another host for something because of a message. No entities, indented code and
// underlined headings either: people write those without meaning them.
markdown.disable(['image', 'html_block', 'html_inline', 'entity', 'code', 'lheading', 'reference'])
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
markdown.validateLink = (address) => /^https?:\/\/[^/]/i.test(address)
// A new line is a new line, as it was written; see `white-space` where it is shown.
markdown.renderer.rules['softbreak'] = () => '\n'
markdown.renderer.rules['hardbreak'] = () => '\n'
markdown.core.ruler.push('chat', (state) => {
  const env = state.env as unknown as Env
  for (const token of state.tokens) {
    if (/^(paragraph|heading|blockquote|list_item|t[hd])_open$/.test(token.type)) token.attrSet('dir', 'auto')
    if (token.children) token.children = inLine(token.children, env, state.Token)
  }
})
// What is wider than the screen is scrolled, also by the keyboard. What scrolls is the `pre`; attributes of the token would
// go to the `code` in it, which must not be a second stop.
const fence = markdown.renderer.rules['fence']
markdown.renderer.rules['fence'] = (...given) => {
  const html = fence?.(...given) ?? ''
  return html.replace(/^<pre>/, '<pre tabindex="0" dir="ltr">')
}

/** Links lead out of here, and names are marked; but not names within links. */
function inLine(tokens: Token[], env: Env, make: Make): Token[] {
  let links = 0
  return tokens.flatMap((token) => {
    if (token.type === 'link_open') {
      links += 1
      token.attrSet('target', '_blank')
      token.attrSet('rel', 'noopener noreferrer nofollow')
    } else if (token.type === 'link_close') links -= 1
    return token.type === 'text' && links === 0 ? named(token, env, make) : token
  })
}

function named(token: Token, { mentions, self }: Env, Make: Make): Token[] {
  const parts = withMentions(token.content, mentions)
  if (parts.every((part) => part.mention === undefined)) return [token]
  return parts.flatMap(({ text, mention }) => {
    const word = new Make('text', '', 0)
    word.content = text
    if (mention === undefined) return [word]
    const open = new Make('mention_open', 'b', 1)
    open.attrSet('class', mention === self ? 'mention me' : 'mention')
    return [open, word, new Make('mention_close', 'b', -1)]
  })
}

/**
 * A message as it is shown. Safe whatever it says: HTML in it is text, only web addresses become links, and nothing in
 * it makes the browser load anything.
 */
export function rendered(text: string, mentions: readonly Mention[] = [], self?: UserId): DocumentFragment {
  const env: Env = { mentions, self }
  const html = markdown.render(text, { ...env })
  return DOMPurify.sanitize(html.trimEnd(), { ...ALLOWED, RETURN_DOM_FRAGMENT: true })
}
