import { defineStore } from 'pinia'
import { markRaw, ref, watch, watchEffect } from 'vue'
import { notify } from '@/attention/notifications'
import { allowSoundOnFirstTouch, playChime } from '@/attention/sound'
import { Tabs } from '@/attention/tabs'
import { t } from '@/i18n'
import { excerpt } from '@/text/excerpt'
import { nameOf } from '@/timeline/names'
import type { ChatUri, Message } from '@/wire/types'
import { useMutes } from './mutes'
import { usePreferences } from './preferences'

/** Something that another one said. */
export interface News {
  chat: ChatUri
  /** What the chat is called. */
  title: string
  direct: boolean
  message: Message
}

/** Whether somebody looks, and what tells those who don't. */
export const useAttention = defineStore('attention', () => {
  const preferences = usePreferences()
  const mutes = useMutes()
  const tabs = markRaw(new Tabs())
  const looking = ref(isLooking())
  /** Messages of others since one looked away. */
  const missed = ref(0)
  /** What the page is about, without the count. */
  const title = ref('')
  let open: (chat: ChatUri) => void = () => undefined

  function look(): void {
    looking.value = isLooking()
    if (looking.value) missed.value = 0
  }
  addEventListener('focus', look)
  addEventListener('blur', look)
  document.addEventListener('visibilitychange', look)
  watch(looking, (now) => tabs.look(now), { immediate: true })
  allowSoundOnFirstTouch()

  watchEffect(() => {
    const count = missed.value > 0 ? `(${missed.value > 99 ? '99+' : missed.value}) ` : ''
    document.title = `${count}${title.value ? `${title.value} · ` : ''}Chatire`
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    if (icon) icon.href = missed.value > 0 ? '/favicon-new.svg' : '/favicon.svg'
  })

  function arrived(news: readonly News[]): void {
    const loud = news.filter(({ chat }) => !mutes.has(chat))
    const last = loud.at(-1)
    if (!last || looking.value) return
    missed.value += loud.length
    if (!preferences.doNotDisturb) void tell(last)
  }

  /** One tab does, and only if nobody looks at another one. */
  async function tell(news: News): Promise<void> {
    if (!tabs.speaks || (await tabs.isAnyLookedAt())) return
    if (!preferences.muted) playChime(preferences.volume)
    if (!preferences.notified) return
    const { chat, message, direct } = news
    const text = excerpt(message.message ?? '')
    const body = direct ? text : t('chats.by', { name: nameOf(message.user), text })
    notify(chat, news.title, body, () => open(chat))
  }

  function openWith(how: typeof open): void {
    open = how
  }

  return { looking, title, arrived, openWith }
})

function isLooking(): boolean {
  return !document.hidden && document.hasFocus()
}
