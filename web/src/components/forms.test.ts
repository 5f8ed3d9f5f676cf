import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import SecondFactorStep from '@/components/auth/SecondFactorStep.vue'
import ProfileSection from '@/components/account/ProfileSection.vue'
import type { AccountApi } from '@/http/account-api'
import { Refused } from '@/http/request'
import { useSession } from '@/stores/session'
import { alice } from '@/timeline/samples'
import type { ErrorCode, FieldError, User } from '@/wire/types'

const refusal = (code: ErrorCode, errors: FieldError[] = []) =>
  new Refused({ type: 'about:blank', title: '', status: 403, code, detail: 'no', errors })
beforeEach(() => setActivePinia(createPinia()))
afterEach(() => void (document.body.innerHTML = ''))

describe('the second factor at sign-in', () => {
  const credentials = { username: 'alice', password: 'secret' }
  const asks = () => {
    const signIn = vi.spyOn(useSession().session, 'signIn').mockResolvedValue()
    const step = mount(SecondFactorStep, { props: { credentials }, attachTo: document.body })
    return { step, signIn, type: (text: string) => step.get('input').setValue(text) }
  }

  it('takes six digits for a whole code, however they are grouped, and asks once', async () => {
    const { step, signIn, type } = asks()
    await type('12345')
    expect(signIn).not.toHaveBeenCalled()
    let admit = (): void => undefined
    signIn.mockReturnValue(new Promise((resolve) => (admit = resolve)))
    await type('123 456')
    await step.get('form').trigger('submit')
    admit()
    await flushPromises()
    expect(signIn).toHaveBeenCalledExactlyOnceWith({ ...credentials, code: '123 456' })
    expect(step.emitted('signedIn')).toHaveLength(1)
  })

  it('says at the field that the code was wrong, empties it, and puts one back there', async () => {
    const { step, signIn, type } = asks()
    signIn.mockRejectedValue(refusal('second_factor_wrong'))
    await type('123456')
    await flushPromises()
    const input = step.get('input')
    expect(input.attributes('aria-invalid')).toBe('true')
    expect(step.get(`[id="${input.attributes('aria-describedby')}"]`).text()).toContain('This code is wrong')
    expect(input.element.value).toBe('')
    expect(document.activeElement).toBe(input.element)
    expect(step.emitted('signedIn')).toBeUndefined()
  })

  it('leaves a recovery code to be finished', async () => {
    const { step, signIn, type } = asks()
    await step.get('button.aside').trigger('click')
    await type('123456')
    await flushPromises()
    expect(signIn).not.toHaveBeenCalled()
  })
})

describe('names and address', () => {
  const self: User = { ...alice, email: 'a@example.org' }
  const asks = () => {
    const change = vi.fn<AccountApi['change']>(async () => self)
    const section = mount(ProfileSection, { props: { self, api: { change } as unknown as AccountApi } })
    const fields = () => section.findAll('input')
    return { section, change, fields }
  }

  it('go without the password as long as the address stays', async () => {
    const { section, change, fields } = asks()
    await fields()[0]?.setValue('Alice')
    expect(fields()).toHaveLength(3)
    await section.get('form').trigger('submit')
    expect(change).toHaveBeenCalledExactlyOnceWith({ first_name: 'Alice', last_name: '' })
  })

  it('ask for the password when the address moves, and forget it when that is taken back', async () => {
    const { section, change, fields } = asks()
    await fields()[2]?.setValue('b@example.org')
    await section.get('form').trigger('submit')
    expect(change).not.toHaveBeenCalled()
    await fields()[3]?.setValue('secret')
    await fields()[2]?.setValue('a@example.org')
    await fields()[2]?.setValue('b@example.org')
    expect(fields()[3]?.element.value).toBe('')
    await fields()[3]?.setValue('wrong')
    change.mockRejectedValueOnce(
      refusal('wrong_password', [{ field: 'current_password', message: 'this is not your password' }]),
    )
    await section.get('form').trigger('submit')
    await flushPromises()
    expect(change).toHaveBeenCalledExactlyOnceWith({
      first_name: '',
      last_name: '',
      email: 'b@example.org',
      current_password: 'wrong',
    })
    expect(fields()[3]?.attributes('aria-invalid')).toBe('true')
  })
})
