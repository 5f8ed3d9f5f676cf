import { request } from './request'

/** Asks for a mail. The answer is the same whether anybody has this address. */
export async function askForMail(email: string): Promise<void> {
  await request({ method: 'POST', path: '/auth/users/reset_password/', body: { email } })
}

/** By what stands in the mail's link. */
export async function resetPassword(token: string, new_password: string): Promise<void> {
  await request({
    method: 'POST',
    path: '/auth/users/reset_password_confirm/',
    body: { token, new_password },
  })
}
