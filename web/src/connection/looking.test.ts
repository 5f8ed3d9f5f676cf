import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CloseCode } from '@/wire/types'
import { CHAT, Scene } from './scripted-server'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the chat that one looks at', () => {
  it('is told once the connection stands, and again over the next one', async () => {
    const scene = new Scene()
    scene.connection.look(CHAT)
    const first = await scene.starts()
    expect(first.last('focus')).toBeUndefined()
    first.welcomes()
    expect(first.last('focus')).toEqual({ type: 'focus', chat: CHAT })
    first.closes(CloseCode.Restart)
    await scene.passes(500)
    const second = scene.socket
    expect(second).not.toBe(first)
    second.welcomes()
    expect(second.last('focus')).toEqual({ type: 'focus', chat: CHAT })
    scene.connection.look(null)
    scene.connection.look(null)
    expect(second.last('focus')).toEqual({ type: 'focus', chat: null })
    expect(second.got.filter(({ type }) => type === 'focus')).toHaveLength(2)
  })

  it('brings what is worth something only now, and writing is told only while it stands', async () => {
    const scene = new Scene()
    scene.connection.types(CHAT)
    const socket = await scene.starts()
    scene.connection.types(CHAT)
    socket.welcomes()
    expect(socket.last('typing')).toBeUndefined()
    scene.connection.types(CHAT)
    expect(socket.last('typing')).toEqual({ type: 'typing', chat: CHAT })
    socket.says({ type: 'typing', chat: CHAT, user: 2, username: 'bob' })
    socket.says({ type: 'presence', chat: CHAT, whole: true, online: [2], offline: [] })
    expect(scene.transients.map(({ type }) => type)).toEqual(['typing', 'presence'])
  })
})
