import { describe, expect, it } from 'vitest'
import { nextOf } from './router'

describe('where one goes after signing in', () => {
  it.each([
    ['/chats/abcDEF123_-xyz0', '/chats/abcDEF123_-xyz0'],
    ['//evil.example/', '/'],
    ['/\\evil.example/', '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    ['/auth', '/'],
    [undefined, '/'],
    [['/a', '/b'], '/'],
  ])('%j leads to %j', (next, path) => expect(nextOf(next)).toBe(path))
})
