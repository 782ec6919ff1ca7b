import { existsSync } from 'node:fs'
import { type RunningServer, startServer } from '@millrace/server'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FedSession } from './fed-session.ts'

const CHROMIUM = '/usr/bin/chromium'
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking']
const hasChromium = existsSync(CHROMIUM)

describe.skipIf(!hasChromium)(`the page${hasChromium ? '' : ` (skipped: needs ${CHROMIUM})`}`, () => {
  const session = new FedSession()
  let browser: Browser
  let page: Page
  let server: RunningServer
  let port = 0
  const foreign: string[] = []
  const faults: string[] = []

  const start = async () => {
    server = await startServer({ port, ...session.views, pageFolder: undefined })
    port = server.port
  }
  const connection = (text: string, timeout = 5000) => page.locator('.connection', { hasText: text }).waitFor({ timeout })
  /** What a reader sees of an element, in lines. */
  const shown = (selector: string) => page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`)
  const seen = (text: string | RegExp, timeout = 5000) => page.getByText(text).first().waitFor({ timeout })

  beforeAll(async () => {
    session.advance(90)
    await start()
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) foreign.push(request.url())
    })
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('console', (message) => {
      if (message.text().includes('DevTools')) faults.push('a development build')
      if (message.type() === 'error' && !message.text().includes('ERR_CONNECTION_REFUSED')) faults.push(message.text())
    })
    await page.goto(server.url)
    await connection('Live')
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  it('shows the figures of the session', async () => {
    const [source] = session.snapshot().sources
    const text = await shown('main')
    expect(text).toContain(`${source.decoded.toLocaleString('en-US')} of ${source.lines.toLocaleString('en-US')}`)
    expect(text).toContain(source.watermark!.slice(11, 19))
    for (const [reason, count] of Object.entries(source.reasons)) expect(text).toMatch(new RegExp(`${reason}\\s+${count}\\b`))
    expect(text).toContain('suspicious_site')
    expect(await page.locator('.uplot canvas').count()).toBe(6)
    expect(await shown('h1')).toBe('weblogs')
  })

  it('follows the session without being loaded again', async () => {
    session.advance()
    await seen(session.snapshot().sources[0].lines.toLocaleString('en-US'), 2000).catch(() => {})
    const text = await shown('main')
    expect(text).toContain(`of ${session.snapshot().sources[0].lines.toLocaleString('en-US')}`)
  })

  it('shows a new alert with its evidence, opened by keyboard, and text that is markup as text', async () => {
    session.advance()
    session.raise('<img src=x onerror=alert(1)>')
    session.advance()
    const other = session.raise('10.9.9.9')
    const latest = page.getByRole('button', { name: '10.9.9.9' })
    await latest.waitFor({ timeout: 2000 })
    if ((await latest.getAttribute('aria-expanded')) === 'false') {
      await latest.focus()
      await page.keyboard.press('Enter')
    }
    await expect.poll(() => shown('.evidence')).toContain(other.id)
    const text = await shown('.evidence')
    expect(text).toContain('+3.12')
    expect(text).toContain('120,331')
    expect(await page.locator('.range .unusual').count()).toBeGreaterThan(2)
    expect(await page.locator('.evidence a').getAttribute('href')).toBe('api/runbooks/attacks')
    expect(await page.locator('main img').count()).toBe(0)
    await page.getByRole('button', { name: '<img src=x' }).waitFor({ timeout: 2000 })
  })

  it('says within three seconds that the server is gone, and comes back by itself', async () => {
    await server.close()
    const gone = performance.now()
    await seen('No connection to the server.', 3000)
    expect(performance.now() - gone).toBeLessThan(3000)
    session.advance(2)
    await start()
    await page.getByText('No connection to the server.').waitFor({ state: 'hidden', timeout: 5000 })
    await seen(`of ${session.snapshot().sources[0].lines.toLocaleString('en-US')}`, 3000)
    await connection('Live')
  })

  it('says so too when the connection stays open and nothing comes', async () => {
    const quiet = await browser.newPage()
    await quiet.addInitScript(() => {
      const timers = globalThis as unknown as { EventSource: typeof EventSource }
      const Real = timers.EventSource
      timers.EventSource = class extends Real {
        override addEventListener(type: string, listener: never): void {
          if (type === 'state') super.addEventListener(type, listener)
        }
      } as typeof EventSource
    })
    await quiet.goto(server.url)
    await quiet.getByText('No connection to the server.').waitFor({ timeout: 4000 })
    await quiet.close()
  })

  it('fits a telephone, in the dark too', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const small = await browser.newPage({ viewport: { width: 390, height: 844 }, colorScheme })
      await small.goto(server.url)
      await small.locator('.alert').first().waitFor()
      expect(await small.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
      await small.close()
    }
  })

  it('asks no other server and breaks no rule of its policy', () => {
    expect(foreign).toEqual([])
    expect(faults).toEqual([])
  })
})
