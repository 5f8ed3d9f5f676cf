import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { Refused } from '@/http/request'
import { alice, AT, bob, carol, chat, message, said } from '@/timeline/samples'
import { emptyTimeline, withEvents } from '@/timeline/timeline'
import type { Message } from '@/wire/types'
import ChatListItem from '@/components/sidebar/ChatListItem.vue'
import ChatTimeline from '@/components/chat/ChatTimeline.vue'
import ComposerBox, { type About } from '@/components/composer/ComposerBox.vue'
import EmojiPicker from '@/components/composer/EmojiPicker.vue'
import InviteCard from '@/components/chat/InviteCard.vue'
import JoinCard from '@/components/chat/JoinCard.vue'
import MessageBubble from '@/components/message/MessageBubble.vue'
import MessageMenu from '@/components/message/MessageMenu.vue'
import MessageText from '@/components/message/MessageText.vue'
import SidePanel from '@/components/ui/SidePanel.vue'
import UiDialog from '@/components/ui/UiDialog.vue'

beforeEach(() => setActivePinia(createPinia()))
const router = createRouter({
  history: createMemoryHistory(),
  routes: [
    { path: '/', component: { template: '<i />' } },
    { path: '/chats/:uri', name: 'chat', component: { template: '<i />' } },
  ],
})
const global = { plugins: [router] }

// Without a layout nothing is on the screen: here everything is.
vi.mock('virtua/vue', async () => {
  const { defineComponent } = await import('vue')
  return {
    Virtualizer: defineComponent({
      props: { data: { type: Array, required: true } },
      setup: (props, { slots, expose }) => {
        expose({ viewportSize: 0, scrollToIndex: () => undefined, findItemIndex: () => 0 })
        return () => props.data.map((item, index) => slots['default']?.({ item, index }))
      },
    }),
  }
})

describe('the composer', () => {
  const write = async (text: string, key: Record<string, unknown> = {}) => {
    const box = mount(ComposerBox, { props: { to: 'Message bob' } })
    await box.get('textarea').setValue(text)
    await box.get('textarea').trigger('keydown', { key: 'Enter', ...key })
    return { box, sent: box.emitted('send')?.flat() ?? [] }
  }

  it('sends by Enter and is empty again', async () => {
    const { box, sent } = await write('  hello\nbob ')
    expect(sent).toEqual(['hello\nbob'])
    expect(box.get('textarea').element.value).toBe('')
  })

  it('does not send by Shift+Enter, nor while an input method composes', async () => {
    expect((await write('hello', { shiftKey: true })).sent).toEqual([])
    expect((await write('hello', { isComposing: true })).sent).toEqual([])
    expect((await write('hello', { keyCode: 229 })).sent).toEqual([])
  })

  it('does not send nothing, nor too much, and counts characters as the server does', async () => {
    expect((await write(' \n ')).sent).toEqual([])
    expect((await write('x'.repeat(4001))).sent).toEqual([])
    expect((await write('🎉'.repeat(4000))).sent).toHaveLength(1)
  })
})

describe('the composer, about another message', () => {
  const edit: About = { as: 'edit', id: 7, to: 'yourself', text: 'before' }
  const box = (about: About | null) => mount(ComposerBox, { props: { to: 'Message bob', about } })
  const text = (it: ReturnType<typeof box>) => it.get('textarea').element.value

  it('begins an edit with what was said, and gives the draft back afterwards', async () => {
    const it = box(null)
    await it.get('textarea').setValue('a draft')
    await it.setProps({ about: edit })
    expect(text(it)).toBe('before')
    expect(it.get('form').text()).toContain('Editing your message')
    await it.get('textarea').setValue('after')
    await it.get('textarea').trigger('keydown', { key: 'Enter' })
    expect(it.emitted('send')).toEqual([['after']])
    expect(text(it)).toBe('after')
    await it.setProps({ about: null })
    expect(text(it)).toBe('a draft')
  })

  it('is left by Escape or by its button', async () => {
    const it = box(null)
    await it.setProps({ about: edit })
    await it.get('textarea').trigger('keydown', { key: 'Escape', keyCode: 229 })
    expect(it.emitted('cancel')).toBeUndefined()
    await it.get('textarea').trigger('keydown', { key: 'Escape' })
    await it.get('button[aria-label="Stop editing"]').trigger('click')
    expect(it.emitted('cancel')).toHaveLength(2)
  })

  it('names what is answered, and does not save twice while it saves', async () => {
    const it = box({ as: 'reply', id: 7, to: 'bob', text: 'a question' })
    expect(it.get('.about').text()).toBe('Replying to boba question')
    await it.get('textarea').setValue('an answer')
    await it.setProps({ busy: true })
    await it.get('textarea').trigger('keydown', { key: 'Enter' })
    expect(it.emitted('send')).toBeUndefined()
  })
})

describe('a message', () => {
  const bubble = (its: Message, more: Record<string, unknown> = {}) =>
    mount(MessageBubble, {
      props: {
        user: its.user,
        own: its.user.id === alice.id,
        named: false,
        text: its.message,
        at: its.at,
        first: true,
        last: true,
        time: null,
        pending: null,
        message: its,
        self: alice,
        people: [alice, bob],
        ...more,
      },
    })

  it('that was deleted says so, and offers nothing', () => {
    const its = bubble(
      message(1, bob, { message: null, reactions: [{ emoji: '👍', count: 1, users: [2], mine: false }] }),
    )
    expect(its.get('.bubble').text()).toBe('Message deleted')
    // Who said it can still be asked about.
    expect(its.findAll('button').map((button) => button.classes()[0])).toEqual(['face', 'name'])
  })

  it('that was edited says so beside what it says', () => {
    const its = bubble(message(1, bob, { edited_at: AT }))
    expect(its.get('.bubble').text()).toBe('m1')
    expect(its.text()).toContain('(edited)')
  })

  it('shows its reactions, who they are from, and which are one’s own', async () => {
    const reactions = [
      { emoji: '👍', count: 3, users: [1, 2, 9], mine: true },
      { emoji: '🎉', count: 1, users: [9], mine: false },
    ]
    const its = bubble(message(1, bob, { reactions }))
    const chips = its.findAll('.chip')
    expect(
      chips.map((chip) => [
        chip.get('.emoji').text() + chip.get('.count').text(),
        chip.attributes('aria-pressed'),
        chip.get('.unseen').text(),
      ]),
    ).toEqual([
      ['👍3', 'true', 'You, bob, and 1 more'],
      ['🎉1', 'false', '1 person'],
    ])
    await chips[1]?.trigger('click')
    expect(its.emitted('react')).toEqual([['🎉']])
  })

  it('quotes what it answers, as far as that is known', () => {
    const quote = (known: Message | null, here: boolean) =>
      bubble(message(5), { quote: { id: 101, message: known, here } }).get('.quote')
    expect(quote(message(1, alice), true).element.tagName).toBe('BUTTON')
    expect(quote(message(1, alice), true).text()).toBe('In reply to You:m1')
    expect(quote(message(1, bob, { message: null }), false).text()).toContain('Message deleted')
    expect(quote(null, false).text()).toContain('An earlier message')
    expect(quote(null, false).element.tagName).toBe('DIV')
  })

  it('marks the names of members, and one’s own apart', () => {
    const mentions = [alice, bob].map(({ id, username }) => ({ id, username }))
    const shown = mount(MessageText, { props: { text: 'Hi @alice and @Bob!', mentions, self: 1 } })
    expect(shown.element.textContent).toBe('Hi @alice and @Bob!')
    expect(shown.findAll('.mention').map((name) => [name.text(), name.classes('me')])).toEqual([
      ['@alice', true],
      ['@Bob', false],
    ])
  })

  it('keeps its white space and makes links of web addresses only', () => {
    const text = '<b>  two\nlines</b> https://example.org/ javascript:x'
    const shown = mount(MessageText, { props: { text } })
    expect(shown.element.textContent).toBe(text)
    expect(shown.findAll('a').map((a) => a.attributes('href'))).toEqual(['https://example.org/'])
    expect(shown.get('a').attributes('rel')).toBe('noopener noreferrer nofollow')
    expect(shown.find('b').exists()).toBe(false)
  })

  it('that failed says why and offers to try again or to discard it', async () => {
    const at = AT
    const pending = {
      clientId: 'c',
      text: 'hi',
      at,
      state: 'failed' as const,
      reason: 'You are not a member.',
    }
    const bubble = mount(MessageBubble, {
      props: {
        user: bob,
        own: true,
        named: false,
        text: 'hi',
        at,
        first: true,
        last: true,
        time: null,
        pending,
      },
    })
    expect(bubble.get('[role=alert]').text()).toContain('You are not a member.')
    const [again, discard] = bubble.findAll('button')
    await again?.trigger('click')
    await discard?.trigger('click')
    expect(bubble.emitted('retry')).toEqual([[pending]])
    expect(bubble.emitted('discard')).toEqual([[pending]])
  })
})

describe('the menu of a message', () => {
  const menu = (its: Message, own: boolean, mayDelete: boolean) =>
    mount(MessageMenu, {
      props: { message: its, own, mayDelete, opener: document.createElement('button') },
      attachTo: document.body,
    })
  const entries = (its: ReturnType<typeof menu>) => its.findAll('.menu-entry').map((entry) => entry.text())

  it('offers what one may do', () => {
    expect(entries(menu(message(1, alice), true, true))).toEqual([
      'Reply',
      'Copy text',
      'Copy link',
      'Seen by…',
      'Edit',
      'Delete',
    ])
    expect(entries(menu(message(1), false, false))).toEqual(['Reply', 'Copy text', 'Copy link'])
    expect(entries(menu(message(1), false, true))).toEqual(['Reply', 'Copy text', 'Copy link', 'Delete'])
  })

  it('says which emoji are one’s own, and closes by a choice or by Escape', async () => {
    const its = menu(
      message(1, bob, { reactions: [{ emoji: '🎉', count: 1, users: [1], mine: true }] }),
      false,
      false,
    )
    expect(
      its.findAll('.emoji:not(.any)').map((emoji) => emoji.attributes('aria-pressed') === 'true'),
    ).toEqual([false, false, false, false, false, true])
    await its.get('.emoji').trigger('click')
    expect(its.emitted('react')).toEqual([['👍']])
    await its.get('.panel').trigger('keydown', { key: 'Escape' })
    expect(its.emitted('close')).toHaveLength(2)
  })

  it('is reached by Tab at one message, and by the arrows at the others', async () => {
    const timeline = withEvents(emptyTimeline, [said(1), said(2), said(3)], alice)
    const its = mount(ChatTimeline, {
      props: {
        timeline,
        chat: chat(3),
        self: alice,
        loading: null,
        readUpTo: Infinity,
        beginning: false,
      },
      attachTo: document.body,
    })
    const stops = () => its.findAll('.more').map((opener) => opener.attributes('tabindex'))
    expect(stops()).toEqual(['-1', '-1', '0'])
    await its.findAll('.more')[2]?.trigger('keydown', { key: 'ArrowUp' })
    expect(stops()).toEqual(['-1', '0', '-1'])
    expect(document.activeElement).toBe(its.findAll('.more')[1]?.element)
    await its.findAll('.more')[1]?.trigger('click')
    await its.get('.panel .menu-entry').trigger('click')
    expect(its.emitted('reply')).toEqual([[message(2)]])
    expect(its.find('.panel').exists()).toBe(false)
  })
})

describe('where one looks for something', () => {
  it('keys of an input method neither close nor choose', async () => {
    const panel = mount(SidePanel, { props: { title: 'Search' }, slots: { default: '<input />' } })
    await panel.get('input').trigger('keydown', { key: 'Escape', keyCode: 229 })
    expect(panel.emitted('close')).toBeUndefined()
    await panel.get('input').trigger('keydown', { key: 'Escape' })
    expect(panel.emitted('close')).toHaveLength(1)

    const picker = mount(EmojiPicker, { props: { opener: document.createElement('button') } })
    await vi.waitFor(() => expect(picker.findAll('.one').length).toBeGreaterThan(0))
    await picker.get('input').setValue('party')
    await picker.get('input').trigger('keydown', { key: 'Enter', keyCode: 229 })
    await picker.get('input').trigger('keydown', { key: 'Escape', isComposing: true })
    expect([picker.emitted('choose'), picker.emitted('close')]).toEqual([undefined, undefined])
    await picker.get('input').trigger('keydown', { key: 'Enter' })
    expect(picker.emitted('choose')).toHaveLength(1)
  })
})

describe('a question', () => {
  const ask = (act: () => Promise<void>) =>
    mount(UiDialog, { props: { title: 'Sure?', does: 'Yes', act }, attachTo: document.body })

  it('is closed once it is done, and stays to say why it was not', async () => {
    const done = ask(async () => undefined)
    await done.get('form').trigger('submit')
    await new Promise((resolve) => setTimeout(resolve))
    expect(done.emitted('close')).toHaveLength(1)
    const problem = { type: '', title: '', status: 403, code: 'forbidden', detail: '' } as const
    const refused = ask(() => Promise.reject(new Refused(problem)))
    await refused.get('form').trigger('submit')
    await new Promise((resolve) => setTimeout(resolve))
    expect(refused.emitted('close')).toBeUndefined()
    expect(refused.get('[role=alert]').text()).toBe('You may not do that here.')
  })
})

describe('a chat', () => {
  it('in the list says what is new and who named one', () => {
    const item = (more: Parameters<typeof chat>[1]) =>
      mount(ChatListItem, { props: { chat: chat(3, more), self: alice }, global })
    expect(item({ unread: 100 }).get('.badges').text()).toBe('99+ new messages')
    expect(item({ unread: 3, mentions: 1 }).get('.badges').text()).toContain('You are mentioned')
    expect(item({}).find('.badges').exists()).toBe(false)
    expect(item({ last_message: message(3, bob, { message: null }) }).text()).toContain('Message deleted')
  })

  it('behind a link says who is in it before one joins', async () => {
    const preview = { uri: 'u', name: null, members: [bob, carol], member_count: 9, joined: false }
    const card = mount(JoinCard, { props: { preview, self: alice, busy: false, trouble: 'no' }, global })
    expect(card.text()).toContain('9 members')
    expect(card.text()).toContain('bob, carol, 7 more')
    expect(card.get('[role=alert]').text()).toBe('no')
    await card.get('button').trigger('click')
    expect(card.emitted('join')).toHaveLength(1)
  })

  it('without a link invites by name', async () => {
    const open = mount(InviteCard, { props: { link: 'abc' } })
    expect(open.get('input').element.value).toMatch(/\/chats\/abc$/)
    const closed = mount(InviteCard, { props: { link: null } })
    await closed.get('button').trigger('click')
    expect(closed.emitted('invite')).toHaveLength(1)
  })
})
