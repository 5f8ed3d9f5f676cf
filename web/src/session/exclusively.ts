import type { Exclusively } from './session'

/** Over all tabs where the browser can (Web Locks need a secure context), else within this one. */
export const exclusively: Exclusively = async (task) => {
  const locks = navigator.locks as LockManager | null | undefined
  return locks ? await locks.request('chatire-refresh', task) : task()
}
