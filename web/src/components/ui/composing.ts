/**
 * An input method composes a word: the keys are its own. In Safari the Enter that ends it comes after `compositionend`,
 * and only its code still tells (https://bugs.webkit.org/show_bug.cgi?id=165004).
 */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}
