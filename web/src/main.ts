import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { appRouter } from './router'
import './styles/tokens.css'
import './styles/base.css'

const pinia = createPinia()
createApp(App).use(pinia).use(appRouter(pinia)).mount('#app')
