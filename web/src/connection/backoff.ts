import type { Clock } from './clock'

const BASE_MS = 500
const CAP_MS = 30_000

/**
 * How long to wait before the next try, after `failures` failed ones in a row: exponential, with full jitter,
 * so that clients which lost their server together don't come back together.
 */
export function backoff(failures: number, clock: Clock): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures, 16))
  return clock.random() * ceiling
}
