import { defineStore } from 'pinia'
import { ref, watchEffect } from 'vue'
import { allowSoundOnFirstTouch, playChime } from '@/attention/sound'
import { usePreferences } from './preferences'

/** Whether somebody looks, and what tells those who don't. */
export const useAttention = defineStore('attention', () => {
  const preferences = usePreferences()
  const looking = ref(isLooking())
  /** Messages of others since one looked away. */
  const missed = ref(0)
  /** What the page is about, without the count. */
  const title = ref('')

  function look(): void {
    looking.value = isLooking()
    if (looking.value) missed.value = 0
  }
  addEventListener('focus', look)
  addEventListener('blur', look)
  document.addEventListener('visibilitychange', look)
  allowSoundOnFirstTouch()

  watchEffect(() => {
    const count = missed.value > 0 ? `(${missed.value > 99 ? '99+' : missed.value}) ` : ''
    document.title = `${count}${title.value ? `${title.value} · ` : ''}Chatire`
  })

  function arrived(messages: number): void {
    if (messages === 0 || looking.value) return
    missed.value += messages
    if (!preferences.muted) playChime()
  }

  return { looking, title, arrived }
})

function isLooking(): boolean {
  return !document.hidden && document.hasFocus()
}
