import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const server = 'http://localhost:8000'

export default defineConfig(({ mode }) => ({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // All components use the composition API; without the other one Vue is a good deal smaller.
  define: mode === 'production' ? { __VUE_OPTIONS_API__: 'false' } : {},
  build: {
    target: 'es2022',
    // Inlined assets would become data: URLs, which the Content-Security-Policy allows for images only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/auth/': { target: server, bypass: pageItself },
      '/api/': server,
      '/.well-known/': server,
      '/ws/': { target: server, ws: true },
    },
  },
  test: { environment: 'happy-dom', restoreMocks: true },
}))

/** `/auth/` typed into the address bar is the sign-in page, not a call to the service of that name. */
function pageItself(request: { headers: { accept?: string } }): string | undefined {
  return request.headers.accept?.includes('text/html') ? '/index.html' : undefined
}
