import { ref } from 'vue'
import { t } from '@/i18n'
import { useToasts } from '@/stores/toasts'
import type { ChatLink } from '@/wire/types'

const CONFIRMED_MS = 2_500

export function addressOf(link: ChatLink): string {
  return `${location.origin}/chats/${link}`
}

/** Hands a chat's link on: by the system's share sheet on touch devices that have one, else by the clipboard. */
export function useShareLink() {
  const toasts = useToasts()
  /** True for a moment after the link was copied. */
  const copied = ref(false)

  async function copy(link: ChatLink): Promise<void> {
    if (!(await copyText(addressOf(link)))) {
      toasts.show(t('chat.linkCopyFailed', { link: addressOf(link) }), 'bad')
      return
    }
    toasts.show(t('chat.linkCopied'))
    copied.value = true
    setTimeout(() => (copied.value = false), CONFIRMED_MS)
  }

  async function share(link: ChatLink, title: string): Promise<void> {
    const sheet = typeof navigator.share === 'function' && matchMedia('(pointer: coarse)').matches
    if (!sheet) return copy(link)
    try {
      await navigator.share({ title, url: addressOf(link) })
    } catch (error) {
      // Closing the sheet without choosing anything is an AbortError, and no failure.
      if (!(error instanceof DOMException && error.name === 'AbortError')) await copy(link)
    }
  }

  return { copied, copy, share }
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copySelected(text)
  }
}

/** Pages served by plain http from another machine have no clipboard but this. */
function copySelected(text: string): boolean {
  const before = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'unseen'
  document.body.append(field)
  field.select()
  const done = document.execCommand('copy')
  field.remove()
  if (before instanceof HTMLElement) before.focus()
  return done
}
