/// <reference types="vite/client" />
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent
  export default component
}
declare module 'virtual:emoji/*' {
  /** By group: the emoji, its name, and other words for it. */
  const groups: [group: string, emoji: [emoji: string, name: string, words: string][]][]
  export default groups
}
