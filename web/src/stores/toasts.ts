import { defineStore } from 'pinia'
import { ref } from 'vue'

const SHOWN_MS = 4_000

export interface Toast {
  id: number
  text: string
  tone: 'good' | 'bad'
}

/** Short notes that come and go by themselves. */
export const useToasts = defineStore('toasts', () => {
  const toasts = ref<Toast[]>([])
  let count = 0

  function show(text: string, tone: Toast['tone'] = 'good'): void {
    const id = (count += 1)
    toasts.value = [...toasts.value.filter((toast) => toast.text !== text), { id, text, tone }]
    setTimeout(() => dismiss(id), SHOWN_MS)
  }

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id)
  }

  return { toasts, show, dismiss }
})
