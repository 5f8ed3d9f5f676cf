// Processes of a server on this machine. Needs Linux's /proc.

import { spawn } from 'node:child_process'
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'

/** Ends it as a crash would. Returns how to start the same once more. */
export function kill(pidFile) {
  const pid = Number(readFileSync(pidFile, 'utf8'))
  const about = (what) => readFileSync(`/proc/${pid}/${what}`, 'utf8').split('\0').filter(Boolean)
  const [program, ...args] = about('cmdline')
  const env = Object.fromEntries(
    about('environ').map((entry) => [
      entry.slice(0, entry.indexOf('=')),
      entry.slice(entry.indexOf('=') + 1),
    ]),
  )
  const cwd = readlinkSync(`/proc/${pid}/cwd`)
  process.kill(pid, 'SIGKILL')
  return () => {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: 'ignore' })
    child.unref()
    writeFileSync(pidFile, `${child.pid}\n`)
  }
}
