import { ref } from 'vue'
import { t } from '@/i18n'
import { useToasts } from '@/stores/toasts'
import { copyText } from '@/text/copy'
import type { ChatLink, ChatUri, MessageId } from '@/wire/types'

const CONFIRMED_MS = 2_500

export function addressOf(link: ChatLink): string {
  return `${location.origin}/chats/${link}`
}

/** Where a message stands, for those who are in its chat. */
export function addressOfMessage(uri: ChatUri, id: MessageId): string {
  return `${location.origin}/chats/${uri}?m=${id}`
}

/** Hands a chat's link on: by the clipboard, or by the system's share sheet where there is one. */
export function useShareLink() {
  const toasts = useToasts()
  /** True for a moment after the link was copied. */
  const copied = ref(false)
  const canShare = typeof navigator.share === 'function'

  async function copy(link: ChatLink): Promise<void> {
    if (!(await copyAddress(addressOf(link)))) return
    copied.value = true
    setTimeout(() => (copied.value = false), CONFIRMED_MS)
  }

  /** Says how it went. */
  async function copyAddress(address: string): Promise<boolean> {
    const done = await copyText(address)
    if (done) toasts.show(t('chat.linkCopied'))
    else toasts.show(t('chat.linkCopyFailed', { link: address }), 'bad')
    return done
  }

  async function share(link: ChatLink, title: string): Promise<void> {
    try {
      await navigator.share({ title, url: addressOf(link) })
    } catch (error) {
      // Closing the sheet without choosing anything is an AbortError, and no failure.
      if (!(error instanceof DOMException && error.name === 'AbortError')) await copy(link)
    }
  }

  return { copied, canShare, copy, copyAddress, share }
}
