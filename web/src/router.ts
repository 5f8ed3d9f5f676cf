import type { Pinia } from 'pinia'
import { createRouter, createWebHistory, type RouteLocationNormalized, type Router } from 'vue-router'
import AuthPage from '@/pages/AuthPage.vue'
import NotFoundPage from '@/pages/NotFoundPage.vue'
import { resetToken } from '@/session/reset-link'
import { useSession } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** For whom the page is; for everybody, if it does not say. */
    for?: 'members' | 'guests'
  }
}

export function appRouter(pinia: Pinia): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/auth', component: AuthPage, meta: { for: 'guests' } },
      {
        path: '/',
        component: () => import('@/pages/ChatsLayout.vue'),
        meta: { for: 'members' },
        children: [
          { path: '', name: 'chats', component: () => import('@/pages/WelcomePage.vue') },
          { path: 'account', name: 'account', component: () => import('@/pages/AccountPage.vue') },
          { path: 'chats/:uri', name: 'chat', component: () => import('@/pages/ChatPage.vue'), props: true },
        ],
      },
      { path: '/:path(.*)*', component: NotFoundPage },
    ],
  })

  router.beforeEach(async (to) => {
    // The page's own code comes while it is found out who one is.
    if (to.meta.for === 'members') for (const load of pagesOf(to)) void load().catch(() => undefined)
    const session = useSession(pinia)
    await session.restored()
    if (to.meta.for === 'members' && !session.user) return signInFor(to.fullPath)
    // Who has forgotten their password may still be signed in here.
    const resets = to.query['mode'] === 'new-password' && resetToken.value !== null
    if (to.meta.for === 'guests' && session.user && !resets) return nextOf(to.query['next'])
    return true
  })
  return router
}

type Load = () => Promise<unknown>

function pagesOf(to: RouteLocationNormalized): Load[] {
  const components = to.matched.map(({ components }) => components?.['default'])
  return components.filter((component): component is Load => typeof component === 'function')
}

/** The sign-in page, which comes back to the link one wanted. */
export function signInFor(path: string, returning = false) {
  const query = { ...(path === '/' ? {} : { next: path }), ...(returning ? { mode: 'sign-in' } : {}) }
  return { path: '/auth', query }
}

/** Where to go after signing in: a page of ours, whatever the address said. */
export function nextOf(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/auth') ? next : '/'
}
