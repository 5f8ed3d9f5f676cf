// Somebody with a browser of their own. Everything waits for a condition, nothing for a time.

const PASSWORD = 'violet-Kettle-93-harbour'
const PATIENCE_MS = 20_000

export class Person {
  /** What the console and the network had to say that nobody expected. */
  troubles = []
  #expected = [
    // A visitor without a session asks for one at the start, and is told that there is none.
    { url: /\/auth\/jwt\/refresh\/$/, text: /\b401\b/ },
  ]

  static async arrives(browser, base, name) {
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } })
    context.setDefaultTimeout(PATIENCE_MS)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: base })
    return new Person(context, await context.newPage(), base, name)
  }

  constructor(context, page, base, name) {
    this.context = context
    this.page = page
    this.base = base
    this.name = name
    page.on('console', (message) => {
      if (message.type() === 'error') this.#heard(message.text(), message.location().url)
    })
    page.on('pageerror', (error) => this.#heard(String(error.stack ?? error), page.url()))
    context.on('request', (request) => this.#requested(request.url()))
    page.on('websocket', (socket) => this.#requested(socket.url()))
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

  async fillsIn(username, password = PASSWORD) {
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

  /** The message that says this, the newest if there are several. */
  message(text) {
    return this.page.locator('[role=log] article').filter({ hasText: text }).last()
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
    await this.page.getByRole('button', { name: what }).click()
  }

  /** In the question that is in front of everything else. */
  async answers(what) {
    const dialog = this.page.getByRole('dialog')
    await dialog.getByRole('button', { name: what, exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
  }

  /** As a program of theirs would call: for what the pages can't do yet. */
  async calls(method, path, body) {
    const token = await this.#signInByProgram()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(new URL(path, this.base), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? null : answer.json()
  }

  async #signInByProgram() {
    const answer = await fetch(new URL('/auth/jwt/create/', this.base), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: this.name, password: PASSWORD }),
    })
    return (await answer.json()).token
  }

  /** What is in the chat, from top to bottom, each with whether it is one's own. */
  messages() {
    return this.page.locator('[role=log] article').evaluateAll((all) =>
      all.map((one) => ({
        text: one.querySelector('.bubble').textContent,
        own: one.classList.contains('own'),
      })),
    )
  }

  /** Exactly these, in this order; and a moment of quiet later still, so that nothing comes twice. */
  async seesMessages(texts) {
    const wanted = JSON.stringify(texts)
    let seen = ''
    await until(
      async () => (seen = JSON.stringify((await this.messages()).map(({ text }) => text))) === wanted,
    ).catch(() => {
      throw new Error(`${this.name} sees ${seen} instead of ${wanted}`)
    })
  }

  /** How far the newest message is below what is on the screen, in pixels. */
  fromEnd() {
    return this.#messagesRegion().evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight)
  }

  async isAtEnd() {
    await until(async () => (await this.fromEnd()) <= 2).catch(async () => {
      throw new Error(`${this.name} is ${await this.fromEnd()} px above the end`)
    })
  }

  /** Scrolls to this many pixels from the top, and says what is there in that moment. */
  scrollsTo(top) {
    return this.#messagesRegion().evaluate(lookAt, top)
  }

  /** The first message that is fully on the screen, and where: to see whether anything moves. */
  firstVisible() {
    return this.#messagesRegion().evaluate(lookAt, null)
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

  #messagesRegion() {
    return this.page.getByRole('region', { name: 'Messages' })
  }

  async picture(folder, name, size, theme) {
    await this.page.setViewportSize(size)
    await this.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await this.page.evaluate(() => document.fonts.ready.then(() => new Promise(requestAnimationFrame)))
    await this.page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled' })
  }
}

function lookAt(box, top) {
  if (top !== null) box.scrollTop = top
  const edge = box.getBoundingClientRect().top
  const at = (one) => one.getBoundingClientRect().top - edge
  const first = [...box.querySelectorAll('article')].find((one) => at(one) >= 0)
  return { text: first?.querySelector('.bubble').textContent, at: first && Math.round(at(first)) }
}

/** Polls until it is so. */
export async function until(isSo, patienceMs = PATIENCE_MS) {
  const end = Date.now() + patienceMs
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
