import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CHAT, bob, said } from '@/connection/scripted-server'
import { useCompany } from './company'

describe('who else is in the chat', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    setActivePinia(createPinia())
    useCompany().look(CHAT)
  })
  afterEach(() => vi.useRealTimers())

  it('is whoever the server says, first all of them and then what changes', () => {
    const company = useCompany()
    company.heard({ type: 'presence', chat: CHAT, whole: true, online: [1, 2], offline: [] })
    company.heard({ type: 'presence', chat: CHAT, whole: false, online: [3], offline: [1] })
    expect([...company.online]).toEqual([2, 3])
    company.heard({ type: 'presence', chat: CHAT, whole: true, online: [7], offline: [] })
    expect([...company.online]).toEqual([7])
    company.heard({ type: 'presence', chat: 'otherotherother', whole: true, online: [9], offline: [] })
    expect([...company.online]).toEqual([7])
    company.look(null)
    expect(company.online.size).toBe(0)
  })

  it('writes until they say it, or for five seconds', () => {
    const company = useCompany()
    const types = (user: number, username: string) =>
      company.heard({ type: 'typing', chat: CHAT, user, username })
    types(2, 'bob')
    types(3, 'carol')
    vi.advanceTimersByTime(3_000)
    types(2, 'bob')
    vi.advanceTimersByTime(3_000)
    expect(company.writing.map(({ username }) => username)).toEqual(['bob'])
    company.said([said(7, 'there', bob)])
    expect(company.writing).toEqual([])
    expect(company.marks.get(bob.id)).toBe(7)
  })

  it('has read further, never less far', () => {
    const company = useCompany()
    company.heard({ type: 'read', chat: CHAT, marks: [{ user: 2, seq: 8 }] })
    company.heard({ type: 'read', chat: CHAT, marks: [{ user: 2, seq: 5 }] })
    company.known(CHAT, [{ user: bob, role: 'member', read_seq: 3, joined_at: '' }])
    expect(company.marks.get(2)).toBe(8)
  })
})
