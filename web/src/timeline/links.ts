export type Part = { text: string; href?: string }

const CANDIDATE = /https?:\/\/[^\s<>"]+/gi

/** A message in pieces, its web addresses apart. Only http and https ever become links. */
export function withLinks(text: string): Part[] {
  const parts: Part[] = []
  let done = 0
  for (const match of text.matchAll(CANDIDATE)) {
    const address = withoutTrailing(match[0])
    if (!isWebAddress(address)) continue
    if (match.index > done) parts.push({ text: text.slice(done, match.index) })
    parts.push({ text: address, href: address })
    done = match.index + address.length
  }
  if (done < text.length) parts.push({ text: text.slice(done) })
  return parts
}

/** Punctuation after an address belongs to the sentence, and so does a bracket that was not opened within it. */
function withoutTrailing(address: string): string {
  let end = address
  for (;;) {
    const last = end.at(-1) ?? ''
    if (/[.,;:!?'*_~…’”]/.test(last)) end = end.slice(0, -1)
    else if (last === ')' && count(end, '(') < count(end, ')')) end = end.slice(0, -1)
    else if (last === ']' && count(end, '[') < count(end, ']')) end = end.slice(0, -1)
    else return end
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}

function isWebAddress(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : null
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== ''
}

const FEW_EMOJI =
  /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{EMod}|\u200D\p{Extended_Pictographic})*\s?){1,3}$/u

/** One to three emoji and nothing else: shown large. */
export function isOnlyEmoji(text: string): boolean {
  return text.length <= 40 && FEW_EMOJI.test(text)
}
