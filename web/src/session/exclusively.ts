import type { Exclusively } from './session'

const NAME = 'chatire-refresh'

/** Over all tabs where the browser can (Web Locks need a secure context), else within this one. */
export const exclusively: Exclusively = async (task) => {
  const locks = navigator.locks as LockManager | null | undefined
  if (!locks) return task(false)
  const options = { ifAvailable: true } as const
  const done = await locks.request(NAME, options, async (lock) => lock && { value: await task(false) })
  if (done) return done.value
  return await locks.request(NAME, () => task(true))
}
