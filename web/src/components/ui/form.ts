import { nextTick, reactive, ref, type Ref } from 'vue'
import { Refused, Unreachable } from '@/http/request'
import { fieldSentence, sentenceOf } from '@/http/sentences'
import { t } from '@/i18n'
import { SignedOut } from '@/session/session'
import type { ErrorCode } from '@/wire/types'

/** Refusals that are about a field without saying so. */
const ABOUT: Partial<Record<ErrorCode, string>> = { username_taken: 'username', second_factor_wrong: 'code' }

/**
 * A form as the server answers it: which fields it refused and why, or what else is the matter. Fields have the server's
 * names. After a refusal the first refused field has the focus.
 */
export function useForm<Field extends string>(
  form: Readonly<Ref<HTMLElement | null>>,
  fields: readonly Field[],
) {
  const busy = ref(false)
  const failure = ref('')
  const refused = reactive(Object.fromEntries(fields.map((field) => [field, [] as string[]]))) as Record<
    Field,
    string[]
  >

  function clear(): void {
    failure.value = ''
    for (const field of fields) refused[field] = []
  }

  const isRefused = (): boolean => fields.some((field) => refused[field].length > 0)

  /** Whether it was done. What is `missing` is refused before the server is asked; once at a time. */
  async function submit(
    act: () => Promise<void>,
    missing: Partial<Record<Field, string>> = {},
  ): Promise<boolean> {
    if (busy.value) return false
    clear()
    for (const field of fields) if (missing[field]) refused[field] = [missing[field]]
    if (isRefused()) return focusRefused()
    busy.value = true
    try {
      await act()
      return true
    } catch (error) {
      explain(error)
    } finally {
      busy.value = false
    }
    return focusRefused()
  }

  function explain(error: unknown): void {
    // What is shown then is not this form any more.
    if (error instanceof SignedOut) return
    if (error instanceof Unreachable) failure.value = t('auth.unreachable')
    else if (error instanceof Refused) {
      for (const its of error.fields) {
        const field = fields.find((field) => field === its.field)
        if (field) refused[field].push(fieldSentence(its))
      }
      if (isRefused()) return
      const about = fields.find((field) => field === ABOUT[error.code])
      if (about) refused[about] = [sentenceOf(error)]
      else failure.value = sentenceOf(error)
    } else throw error
  }

  async function focusRefused(): Promise<false> {
    await nextTick()
    form.value?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    return false
  }

  return { busy, failure, refused, submit, clear }
}
