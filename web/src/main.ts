import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { appRouter } from './router'
import { watchForResetLinks } from './session/reset-link'
import { usePreferences } from './stores/preferences'
import './styles/tokens.css'
import './styles/base.css'

// Before anything waits, and before the router hears of any address.
watchForResetLinks()
const pinia = createPinia()
// Without its language the page would say everything twice; if that can't be loaded, English will do.
await usePreferences(pinia).spoken.catch(() => undefined)
createApp(App).use(pinia).use(appRouter(pinia)).mount('#app')
