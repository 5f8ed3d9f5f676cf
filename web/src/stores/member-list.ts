import { computed, onBeforeUnmount, ref, shallowRef, watch } from 'vue'
import type { ChatUri, Member, User, UserId } from '@/wire/types'
import { useChats } from './chats'

const NOTES: ReadonlySet<string> = new Set(['joined', 'left', 'removed', 'role'])

/** The members of a chat with their roles, the first ones at first; read anew whenever somebody comes, goes or rises. */
export function useMemberList(uri: ChatUri) {
  const chats = useChats()
  const members = shallowRef<readonly Member[]>([])
  const next = ref<string>()
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  let here = true
  /** What was asked later than an answer makes it worthless. */
  let asked = 0
  onBeforeUnmount(() => (here = false))

  async function load(): Promise<void> {
    const mine = (asked += 1)
    try {
      const page = await chats.api.members(uri)
      if (!here || mine !== asked) return
      members.value = page.members
      next.value = page.next
      state.value = 'ready'
    } catch {
      if (mine === asked && members.value.length === 0) state.value = 'failed'
    }
  }

  async function loadMore(): Promise<void> {
    const mine = (asked += 1)
    const page = await chats.api.members(uri, next.value)
    if (!here || mine !== asked) return
    members.value = [...members.value, ...page.members]
    next.value = page.next
  }

  function roleOf(user: UserId): Member['role'] | undefined {
    return members.value.find((member) => member.user.id === user)?.role
  }

  const lastChange = computed(() => {
    const timeline = chats.states.get(uri)?.timeline
    return [...(timeline?.entries ?? []), ...(timeline?.ahead ?? [])].findLast(({ kind }) => NOTES.has(kind))
      ?.seq
  })
  watch(lastChange, load, { immediate: true })

  return { members, next, state, load, loadMore, roleOf }
}

/** Those whose name begins with what was typed, or has it in it, in that order. */
export function matching<T extends { user: User }>(members: readonly T[], typed: string): T[] {
  const wanted = typed.trim().toLocaleLowerCase()
  const rank = ({ user }: T): number => {
    const names = [user.username, user.first_name, user.last_name].map((name) => name.toLocaleLowerCase())
    if (names.some((name) => name.startsWith(wanted))) return 0
    return names.some((name) => name.includes(wanted)) ? 1 : 2
  }
  return members.filter((member) => rank(member) < 2).sort((a, b) => rank(a) - rank(b))
}
