import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { compressed } from './build/compressed.ts'
import { emoji } from './build/emoji.ts'
import { messages } from './build/messages.ts'

const server = process.env['CHATIRE_SERVER'] ?? 'http://localhost:8000'
const proxy = {
  '/auth/': { target: server, bypass: pageItself },
  '/api/': server,
  '/.well-known/': server,
  '/ws/': { target: server, ws: true },
}

export default defineConfig({
  plugins: [vue(), messages(), emoji(), compressed()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    // All components use the composition API; without the other one Vue is a good deal smaller. The same for vue-i18n,
    // which needs no compiler either: see build/messages.ts.
    __VUE_OPTIONS_API__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'true',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    target: 'es2022',
    // Inlined assets would become data: URLs, which the Content-Security-Policy allows for images only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy },
  preview: { proxy },
  test: { environment: 'happy-dom', restoreMocks: true },
})

/** `/auth/` typed into the address bar is the sign-in page, not a call to the service of that name. */
function pageItself(request: { headers: { accept?: string } }): string | undefined {
  return request.headers.accept?.includes('text/html') ? '/index.html' : undefined
}
