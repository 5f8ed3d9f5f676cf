import { readFile } from 'node:fs/promises'
import { baseCompile } from '@intlify/message-compiler'
import type { Plugin } from 'vite'

type Texts = { [key: string]: string | Texts }

/**
 * The texts of `src/i18n` come into the build as functions, so that no message compiler has to be loaded with them and
 * none is needed in the page. A text that can't be read fails the build.
 */
export function messages(): Plugin {
  return {
    name: 'chatire-messages',
    enforce: 'pre',
    async load(id) {
      if (!/\/src\/i18n\/[a-z]+\/[^/]+\.json$/.test(id)) return null
      const texts = JSON.parse(await readFile(id, 'utf8')) as Texts
      return { code: `export default ${compiled(texts, id)}`, moduleType: 'js' }
    },
  }
}

function compiled(texts: Texts, where: string): string {
  const entries = Object.entries(texts).map(([key, text]) => {
    const value =
      typeof text === 'string' ? compiledText(text, `${where}: ${key}`) : compiled(text, `${where}: ${key}`)
    return `${JSON.stringify(key)}: ${value}`
  })
  return `{ ${entries.join(', ')} }`
}

function compiledText(text: string, where: string): string {
  if (!/[{|@]/.test(text)) return `() => ${JSON.stringify(text)}`
  const onError = (error: Error): never => {
    throw new Error(`${where}: ${error.message}`)
  }
  return baseCompile(text, { mode: 'arrow', onError }).code
}
