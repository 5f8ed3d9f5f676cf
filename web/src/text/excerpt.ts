/** A message in one line, for where there is no room for more: without the signs that only say how it is to be shown. */
export function excerpt(text: string): string {
  return text
    .replace(/^\s*(?:```.*|~~~.*|#{1,6}\s+|>\s?|[-*+]\s+|\d+[.)]\s+)/gm, '')
    .replace(/(\*\*|__|~~|`+)(?=\S)([^\n]*?\S)\1/g, '$2')
    .replace(/(?<![\p{L}\p{N}_*])([*_])(?=\S)([^*_\n]*?\S)\1(?![\p{L}\p{N}_*])/gu, '$2')
    .replace(/\[([^\]\n]+)\]\(https?:[^)\s]+\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
}
