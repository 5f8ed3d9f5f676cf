import type { Api } from '@/http/api'
import { Refused } from '@/http/request'
import type { Chat, ChatLink, ChatUri, LinkPreview, Seq, User } from '@/wire/types'
import type { ChatState, ReadingPlace } from './chat-state'

/** A chat answers with no more members than this. */
const MOST_MEMBERS = 100

/** What is behind an address: a chat of one's own, or one that one may join. */
export type Found = { as: 'mine'; uri: ChatUri } | { as: 'guest'; preview: LinkPreview }

interface Around {
  api: Api
  states: ReadonlyMap<ChatUri, ChatState>
  update(uri: ChatUri, change: Partial<ChatState>): void
  learn(chat: Chat): void
  ask(uri: ChatUri): Promise<void>
  loadUnread(uri: ChatUri, self: User): Promise<void>
  loadPart(uri: ChatUri, around: Seq, self: User): Promise<void>
  /** Where one was in chats that one has left for another one. */
  places: ReadonlyMap<ChatUri, ReadingPlace>
  /** The list of one's chats was read. */
  listed(): Promise<void>
  /** Changes when somebody else signs in. */
  era(): number
}

/** The ways into a chat: one's own, by a link, or a new one. All reject when they are closed. */
export function chatDoors(around: Around) {
  const { api, states, update, learn, ask, loadUnread, loadPart, places, listed, era } = around

  async function start(name: string): Promise<ChatUri> {
    const { uri } = await api.startChat(name === '' ? {} : { name })
    learn(await api.chat(uri))
    return uri
  }

  /** Makes what is behind the address ready to be shown. Nobody joins a chat by looking at it. */
  async function open(address: ChatUri | ChatLink, self: User): Promise<Found> {
    if (!states.has(address)) await listed()
    const found = states.has(address) ? ({ as: 'mine', uri: address } as const) : await find(address)
    if (found.as === 'guest' || found.uri !== address) return found
    const { chat, opened, timeline } = states.get(address) ?? {}
    update(address, { opened: true })
    // The list has only the first members of a chat.
    if (chat && chat.members.length < Math.min(chat.member_count, MOST_MEMBERS)) void ask(address)
    // Of what happened in a chat that was not open nothing was kept, whatever is here of it.
    if (opened && timeline?.loaded) return found
    const place = places.get(address)
    await (place ? loadPart(address, place.seq, self) : loadUnread(address, self))
    return found
  }

  async function find(address: ChatUri | ChatLink): Promise<Found> {
    const of = era()
    let uri = [...states.values()].find(({ chat }) => chat.link === address)?.chat.uri
    if (uri !== undefined) return { as: 'mine', uri }
    try {
      const preview = await api.preview(address)
      if (!preview.joined) return { as: 'guest', preview }
      uri = preview.uri
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'chat_not_found') throw error
      // No link; but the address of a chat of one's own, whose link is another one or none, may still be meant.
      uri = address
    }
    const chat = await api.chat(uri)
    if (of === era()) learn(chat)
    return { as: 'mine', uri }
  }

  /** Returns the address to go on with. */
  async function join(address: ChatUri | ChatLink, self: User): Promise<ChatUri> {
    const of = era()
    const { uri } = await api.join(address, self.username)
    const chat = await api.chat(uri)
    if (of === era()) learn(chat)
    return uri
  }

  return { start, open, join }
}
