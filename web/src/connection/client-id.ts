import type { ClientId } from '@/wire/types'

/** Never the same twice. `randomUUID` is missing on pages served by plain http from another machine. */
export function newClientId(): ClientId {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
