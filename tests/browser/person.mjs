// Somebody with a browser of their own. Everything waits for a condition, nothing for a time.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { lookAtRest, readThrough } from './in-page.mjs'
import { callerFor, PASSWORD } from './program.mjs'
import { DESKTOP, THEMES, VIEWS } from './screens.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const PATIENCE_MS = 20_000

export class Person {
  /** What the console and the network had to say that nobody expected. */
  troubles = []
  /** All WebSockets there were, the newest last. */
  sockets = []
  #expected = []

  static async arrives(browser, base, name) {
    const context = await browser.newContext({
      locale: 'en-GB',
      viewport: DESKTOP,
    })
    context.setDefaultTimeout(PATIENCE_MS)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], {
      origin: base,
    })
    return new Person(context, await context.newPage(), base, name)
  }

  constructor(context, page, base, name) {
    this.context = context
    this.page = page
    this.base = base
    this.name = name
    this.password = PASSWORD
    this.address = `${name}@example.org`
    context.on('request', (request) => this.#requested(request.url()))
    this.#listensTo(page)
  }

  #listensTo(page) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.#heard(message.text(), message.location().url)
    })
    page.on('pageerror', (error) => this.#heard(String(error.stack ?? error), page.url()))
    page.on('websocket', (socket) => {
      this.#requested(socket.url())
      if (page === this.page) this.sockets.push(socket)
    })
  }

  /** The same person in another tab of the same browser; their troubles are this person's. */
  async opensAnotherTab(path, prepare = async () => undefined) {
    const tab = await this.context.newPage()
    this.#listensTo(tab)
    await prepare(tab)
    await tab.goto(new URL(path, this.base).href)
    const other = Object.create(this)
    other.page = tab
    return other
  }

  /** Says that an error of this kind is part of the story. */
  expects(url, text) {
    this.#expected.push({ url, text })
  }

  #heard(text, url) {
    if (this.#expected.some((known) => known.url.test(url) && known.text.test(text))) return
    this.troubles.push(`${this.name}: console error at ${url}: ${text}`)
  }

  #requested(url) {
    const { host, protocol } = new URL(url)
    if (protocol === 'data:' || protocol === 'blob:' || host === new URL(this.base).host) return
    this.troubles.push(`${this.name}: a request to another host: ${url}`)
  }

  async goes(path) {
    await this.page.goto(new URL(path, this.base).href)
  }

  async fillsIn(username, password = this.password) {
    await this.page.getByLabel('Username', { exact: true }).fill(username)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
  }

  async signsUp() {
    await this.page.getByRole('tab', { name: 'Sign up' }).click()
    await this.fillsIn(this.name)
    await this.page.getByRole('button', { name: 'Create my account' }).click()
  }

  async signsIn() {
    await this.page.getByRole('tab', { name: 'Sign in' }).click()
    await this.fillsIn(this.name)
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  async signsOut() {
    await this.page.getByRole('button', { name: 'Account and settings' }).click()
    await this.page.getByRole('button', { name: 'Sign out' }).click()
  }

  /** A part of the account page. */
  async opensAccount(section) {
    await this.page.getByRole('button', { name: 'Account and settings' }).click()
    await this.page.locator('.menu-panel').getByRole('link', { name: 'Account' }).click()
    const region = this.page.getByRole('region', { name: section })
    await region.waitFor()
    return region
  }

  sees(text) {
    return this.page.getByText(text).filter({ visible: true }).first().waitFor()
  }

  composer() {
    return this.page.locator('#composer')
  }

  async says(text) {
    await this.composer().fill(text)
    await this.composer().press('Enter')
  }

  articles() {
    return this.messagesRegion().locator('article')
  }

  /** The message that says this, the newest if there are several. Only what is near the screen is there. */
  message(text) {
    return this.articles().filter({ hasText: text }).last()
  }

  /** Chooses from a message's menu. */
  async does(what, text) {
    const message = this.message(text)
    await message.hover()
    await message.getByRole('button', { name: 'Message actions' }).click()
    await this.page
      .getByRole('group', { name: 'Message actions' })
      .getByRole('button', { name: what })
      .click()
  }

  async choosesFromChatMenu(what) {
    await this.page.getByRole('button', { name: 'Chat menu' }).click()
    await this.page.locator('.menu-panel').getByRole('button', { name: what, exact: true }).click()
  }

  /** What stands beside the chat. */
  panel(title) {
    return this.page.getByRole('complementary', { name: title })
  }

  async opensPanel(title) {
    await this.choosesFromChatMenu(title)
    await this.panel(title).waitFor()
    return this.panel(title)
  }

  async closesPanel(title) {
    await this.panel(title).getByRole('button', { name: 'Close', exact: true }).click()
    await this.panel(title).waitFor({ state: 'hidden' })
  }

  /** Somebody's card, from the list of members. */
  async looksAt(name) {
    const members = await this.opensPanel('Members')
    await members.getByRole('button', { name }).click()
    return this.page.getByRole('dialog', { name: `About ${name}` })
  }

  /** In the question that is in front of everything else. */
  async answers(what) {
    const dialog = this.page.getByRole('dialog')
    await dialog.getByRole('button', { name: what, exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
  }

  /** As a program of theirs would call: for what would take too long by hand. */
  async calls(method, path, body) {
    const call = await this.caller()
    return call(method, path, body)
  }

  caller() {
    return callerFor(this.base, this.name, this.password)
  }

  /** What of the chat is on the screen, from top to bottom, each with whether it is one's own. */
  messages() {
    return this.messagesRegion().evaluate((box) => {
      const edges = box.getBoundingClientRect()
      const isOn = ({ top, bottom }) => bottom > edges.top && top < edges.bottom
      const all = [...box.querySelectorAll('article')].filter((one) => isOn(one.getBoundingClientRect()))
      return all.map((one) => ({
        text: one.querySelector('.bubble').textContent.trim(),
        own: one.classList.contains('own'),
      }))
    })
  }

  /**
   * These, in this order and nothing between them, as far as they are on the screen; and who is at the end sees the last.
   */
  async seesMessages(texts) {
    let seen = []
    await until(async () => {
      seen = (await this.messages()).map(({ text }) => text)
      return seen.length > 0 && JSON.stringify(seen) === JSON.stringify(texts.slice(-seen.length))
    }).catch(() => {
      throw new Error(
        `${this.name} sees ${JSON.stringify(seen)} instead of the end of ${JSON.stringify(texts)}`,
      )
    })
  }

  /** All that was said, read from the beginning to the end: exactly these, in this order, each once. */
  async readsAll(texts) {
    const wanted = JSON.stringify(texts)
    let seen = ''
    await until(
      async () => (seen = JSON.stringify(await this.messagesRegion().evaluate(readThrough))) === wanted,
    ).catch(() => {
      throw new Error(`${this.name} reads ${seen} instead of ${wanted}`)
    })
  }

  /** How far the newest message is below what is on the screen, in pixels. */
  fromEnd() {
    return this.messagesRegion().evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight)
  }

  async isAtEnd() {
    await until(async () => (await this.fromEnd()) <= 2).catch(async () => {
      throw new Error(`${this.name} is ${await this.fromEnd()} px above the end`)
    })
  }

  /** Scrolls to this many pixels from the top, and says what is there once it has come to rest. */
  async scrollsTo(top) {
    await this.messagesRegion().evaluate((box, to) => (box.scrollTop = to), top)
    return this.firstVisible()
  }

  /** The first message that is fully on the screen, and where: to see whether anything moves. */
  firstVisible() {
    return this.messagesRegion().evaluate(lookAtRest)
  }

  /** Reads upwards until this is on the screen. */
  async finds(text) {
    await until(async () => {
      if ((await this.message(text).count()) > 0) return true
      await this.messagesRegion().evaluate((box) => (box.scrollTop -= box.clientHeight / 2))
      await this.firstVisible()
      return false
    })
    await this.message(text).scrollIntoViewIfNeeded()
    await this.firstVisible()
  }

  async goesToEnd() {
    const button = this.page.locator('.to-end')
    if ((await this.fromEnd()) > 2) await button.click()
    await this.isAtEnd()
  }

  /** Looks at something else, as far as the page can tell; the browser here always has the focus. */
  async looksAway() {
    await this.page.evaluate(() => {
      document.hasFocus = () => false
      globalThis.notes = 0
      const { createOscillator } = AudioContext.prototype
      AudioContext.prototype.createOscillator = function (...args) {
        globalThis.notes += 1
        return createOscillator.apply(this, args)
      }
      dispatchEvent(new Event('blur'))
    })
  }

  async looksBack() {
    await this.page.evaluate(() => {
      document.hasFocus = () => true
      dispatchEvent(new Event('focus'))
    })
  }

  messagesRegion() {
    return this.page.getByRole('region', { name: 'Messages' })
  }

  /** By axe: WCAG 2.2 A and AA, and what it holds for good practice. */
  async isAccessible(where) {
    await this.page.evaluate(AXE)
    const found = await this.page.evaluate(async (tags) => {
      const { violations } = await globalThis.axe.run(document, {
        runOnly: tags,
      })
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
    }, RULES)
    if (found.length > 0) throw new Error(`axe at ${where}:\n${found.join('\n')}`)
  }

  /** For a person to look at, with nothing that axe finds, and nothing to be scrolled to sideways. */
  async isPictured(folder, name, size, theme) {
    await this.picture(folder, name, size, theme)
    await this.isAccessible(name)
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (wide > 0) throw new Error(`${name} is ${wide} px too wide`)
  }

  /** The same as it is now, in both themes and on all screens. */
  async isPicturedEverywhere(folder, name) {
    for (const theme of THEMES) {
      for (const [view, size] of VIEWS) await this.isPictured(folder, `${name}-${view}-${theme}`, size, theme)
    }
    await this.page.setViewportSize(DESKTOP)
    await this.page.emulateMedia({ colorScheme: null, reducedMotion: null })
  }

  async picture(folder, name, size, theme) {
    await this.page.setViewportSize(size)
    await this.page.emulateMedia({
      colorScheme: theme,
      reducedMotion: 'reduce',
    })
    await this.page.evaluate(() => document.fonts.ready.then(() => new Promise(requestAnimationFrame)))
    await this.page.screenshot({
      path: `${folder}/${name}.png`,
      animations: 'disabled',
    })
  }
}

/** Polls until it is so. */
export async function until(isSo, patienceMs = PATIENCE_MS) {
  const end = Date.now() + patienceMs
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
