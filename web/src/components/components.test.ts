import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import ComposerBox from './ComposerBox.vue'
import MessageBubble from './MessageBubble.vue'
import MessageText from './MessageText.vue'

const bob = { id: 2, username: 'bob', first_name: '', last_name: '' }

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
  })

  it('does not send nothing, nor too much, and counts characters as the server does', async () => {
    expect((await write(' \n ')).sent).toEqual([])
    expect((await write('x'.repeat(4001))).sent).toEqual([])
    expect((await write('🎉'.repeat(4000))).sent).toHaveLength(1)
  })
})

describe('a message', () => {
  it('keeps its white space and makes links of web addresses only', () => {
    const text = '<b>  two\nlines</b> https://example.org/ javascript:x'
    const shown = mount(MessageText, { props: { text } })
    expect(shown.element.textContent).toBe(text)
    expect(shown.findAll('a').map((a) => a.attributes('href'))).toEqual(['https://example.org/'])
    expect(shown.get('a').attributes('rel')).toBe('noopener noreferrer nofollow')
    expect(shown.find('b').exists()).toBe(false)
  })

  it('that failed says why and offers to try again or to discard it', async () => {
    const at = '2026-11-23T10:00:00.000000Z'
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
