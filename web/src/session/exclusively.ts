import type { Exclusively } from './session'

/** Over all tabs where the browser can (Web Locks need a secure context), else within this one. */
export const exclusively: Exclusively = async (task) => {
  if (!('locks' in navigator)) return task()
  return await navigator.locks.request('chatire-refresh', task)
}
