import { defineStore } from 'pinia'
import { withDeletion, withEdit } from '@/timeline/timeline'
import type { ChatLink, ChatUri, Emoji, Message, User } from '@/wire/types'
import { isGone } from './chat-state'
import { useChats } from './chats'
import { useSession } from './session'

/** What one does to a chat and its messages, besides saying something. All reject when it did not work. */
export const useActs = defineStore('acts', () => {
  const chats = useChats()
  const session = useSession()
  /** Reactions on their way: a double click is one. */
  const reacting = new Set<string>()

  async function rename(uri: ChatUri, name: string): Promise<void> {
    chats.learn(await chats.api.rename(uri, name === '' ? null : name))
  }

  /** Returns whom it was. */
  async function invite(uri: ChatUri, username: string): Promise<User> {
    return (await chats.api.join(uri, username)).user
  }

  async function leave(uri: ChatUri): Promise<void> {
    try {
      await chats.api.leave(uri)
    } catch (error) {
      if (!isGone(error)) throw error
    }
    const seq = (chats.states.get(uri)?.chat.seq ?? 0) + 1
    chats.depart(uri, { why: 'left', seq })
  }

  /** The chat with somebody, which is made when there is none. Returns its address. */
  async function direct(username: string): Promise<ChatUri> {
    const chat = await chats.api.direct(username)
    chats.learn(chat)
    return chat.uri
  }

  async function deleteChat(uri: ChatUri): Promise<void> {
    try {
      await chats.api.deleteChat(uri)
    } catch (error) {
      if (!isGone(error)) throw error
    }
    const state = chats.states.get(uri)
    const { user } = session
    if (state && user) chats.depart(uri, { why: 'deleted', by: user, seq: state.chat.seq + 1 })
  }

  async function newLink(uri: ChatUri): Promise<void> {
    setLink(uri, (await chats.api.newLink(uri)).link)
  }

  async function closeLink(uri: ChatUri): Promise<void> {
    setLink(uri, (await chats.api.closeLink(uri)).link)
  }

  /** Its event may come later. */
  function setLink(uri: ChatUri, link: ChatLink | null): void {
    const state = chats.states.get(uri)
    if (state) chats.update(uri, { chat: { ...state.chat, link } })
  }

  async function edit(uri: ChatUri, message: Message, text: string): Promise<void> {
    const answer = await chats.api.edit(uri, message.id, text)
    const state = chats.states.get(uri)
    if (state) chats.update(uri, { timeline: withEdit(state.timeline, answer) })
  }

  async function deleteMessage(uri: ChatUri, message: Message): Promise<void> {
    await chats.api.deleteMessage(uri, message.id)
    const state = chats.states.get(uri)
    if (state) chats.update(uri, { timeline: withDeletion(state.timeline, message.seq) })
  }

  /** Puts one's emoji under a message, or takes it back. It shows when its event comes. */
  async function react(uri: ChatUri, message: Message, emoji: Emoji): Promise<void> {
    const key = `${message.id} ${emoji}`
    if (reacting.has(key)) return
    reacting.add(key)
    try {
      const mine = message.reactions?.some((reaction) => reaction.emoji === emoji && reaction.mine) ?? false
      await chats.api.react(uri, message.id, emoji, !mine)
    } finally {
      reacting.delete(key)
    }
  }

  return { rename, invite, leave, direct, deleteChat, newLink, closeLink, edit, deleteMessage, react }
})
