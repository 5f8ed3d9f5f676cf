// Mails, where a server without a mail server writes them: each is a file.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './person.mjs'

/** The mails to this address, the newest last. */
export function mailsTo(folder, address) {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((name) => name.endsWith('.eml'))
  const mails = files.toSorted().map((name) => readFileSync(join(folder, name), 'utf8'))
  return mails.filter((mail) => mail.includes(`To: ${address}\r\n`)).map(plain)
}

/** Waits for one more than there were. */
export async function nextMail(folder, address, known) {
  await until(() => mailsTo(folder, address).length > known).catch(() => {
    throw new Error(`no mail to ${address} came into ${folder}`)
  })
  return mailsTo(folder, address).at(-1)
}

/** Without quoted-printable (RFC 2045). */
function plain(mail) {
  return mail
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
}
