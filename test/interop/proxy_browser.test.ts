// A browser, our front end, and the sites of Flask and Django behind it.
import { createHash } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { GENEROUS } from './front_end.js'
import { contentOf, MIB } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { startBrowser } from './peers/browser.js'
import { siteForSuite } from './site.js'

let browser: Promise<Browser> | undefined
afterAll(async () => (await browser)?.close())

/** A page in a context of its own, without the cookies of the others. All tests share the browser. */
async function openPage (baseURL: string): Promise<Page> {
  browser ??= startBrowser()
  const context = await (await browser).newContext({ baseURL })
  context.setDefaultTimeout(GENEROUS.timeout / 2)
  onTestFinished(() => context.close())
  return context.newPage()
}

async function seen (page: Page): Promise<unknown> {
  return JSON.parse(await page.innerText('#seen'))
}

describeWithPeers(['chromium', 'flask'], 'a browser and a Flask site behind gatewire proxy', () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const site = siteForSuite({ listen, app: 'pages' })

    it('a form', async () => {
      const page = await openPage(site().front.url)
      await page.goto('/form')
      await page.fill('[name=name]', 'Zoë & 你好 + 100%')
      await page.fill('[name=text]', 'two\nlines')
      await page.check('[value="2"]')
      await page.click('button')
      await page.waitForURL('**/form')
      expect(await page.title()).toBe('received')
      expect(await seen(page)).toEqual({ name: 'Zoë & 你好 + 100%', text: 'two\r\nlines', many: ['2'] })
    })

    it('an upload of 1 MiB', async () => {
      const page = await openPage(site().front.url)
      const buffer = contentOf(MIB)
      await page.goto('/upload')
      await page.fill('[name=note]', 'a note')
      await page.setInputFiles('[name=file]', { name: 'häufig.bin', mimeType: 'application/x-test', buffer })
      await page.click('button')
      await page.waitForSelector('#seen')
      const sha256 = createHash('sha256').update(buffer).digest('hex')
      expect(await seen(page)).toEqual({ note: 'a note', name: 'häufig.bin', type: 'application/x-test', size: MIB, sha256 })
    })

    it('a session over several pages, and another beside it', async () => {
      const [page, other] = [await openPage(site().front.url), await openPage(site().front.url)]
      for (const [whose, name] of [[page, 'Ada'], [other, 'Grace']] as const) {
        await whose.goto('/login')
        await whose.fill('[name=name]', name)
        await whose.click('button')
        await whose.waitForSelector('#who')
        expect(new URL(whose.url()).pathname).toBe('/')
      }
      for (let i = 2; i <= 4; i++) {
        await page.goto('/')
        expect(await page.innerText('#who')).toBe(`Ada, ${i} pages, 1 logins`)
      }
      expect(await page.evaluate(async () => (await fetch('/logout', { method: 'POST' })).url)).toBe(`${site().front.url}/`)
      await page.goto('/')
      expect(await page.locator('#who').count()).toBe(0)
      await other.reload()
      expect(await other.innerText('#who')).toBe('Grace, 2 pages, 1 logins')
    })

    it('a response that comes in parts, each when it has been asked for', async () => {
      const page = await openPage(site().front.url)
      await page.goto('/')
      const parts = await page.evaluate(async () => {
        const response = await fetch('/parts/mine?count=3')
        const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
        const parts: string[] = []
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          parts.push(read.value)
          // The next part is made only now: whoever holds back the one before it never sees another.
          if (parts.length <= 3) await fetch('/parts/mine/next', { method: 'POST' })
        }
        return parts
      })
      expect(parts).toEqual(['begin\n', 'part 0\n', 'part 1\n', 'part 2\n'])
    })

    it('knows the address that the browser shows', async () => {
      const page = await openPage(site().front.url)
      await page.goto('/where?a=%20b&c=d+e')
      expect(JSON.parse(await page.innerText('body'))).toMatchObject({ url: page.url(), secure: false, remote: '127.0.0.1' })
    })
  })
})

describeWithPeers(['chromium', 'django'], 'a browser and a Django site behind gatewire proxy', () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const site = siteForSuite({ listen, app: 'django' })

    async function logIn (page: Page, password = 'engine no. 1'): Promise<void> {
      await page.goto('/notes')
      await page.fill('[name=username]', 'ada')
      await page.fill('[name=password]', password)
      await page.click('button')
    }

    it('shows its login page, and the same one after a wrong password', async () => {
      const page = await openPage(site().front.url)
      await logIn(page, 'difference engine')
      await page.waitForSelector('.errorlist')
      expect(page.url()).toBe(`${site().front.url}/login?next=/notes`)
      expect(await page.title()).toBe('Log in')
    })

    it('logs in and keeps what its form is given', async () => {
      const page = await openPage(site().front.url)
      await logIn(page)
      await page.waitForSelector('#add')
      expect(await page.innerText('h1')).toBe('Notes of ada')
      for (const note of ['first', 'Ünïcode <b>']) {
        await page.fill('[name=note]', note)
        await page.click('#add button')
        await page.getByRole('listitem').filter({ hasText: note }).waitFor()
      }
      expect(await page.locator('li').allInnerTexts()).toEqual(['first', 'Ünïcode <b>'])
      expect(await page.innerText('#place')).toBe(`${site().front.url}/notes`)
      await page.click('#out button')
      await page.waitForURL('**/login')
    })

    it('refuses a form without its token', async () => {
      const page = await openPage(site().front.url)
      await logIn(page)
      await page.waitForSelector('#add')
      const response = await page.evaluate(async () => {
        const { status } = await fetch('/notes', { method: 'POST', body: new URLSearchParams({ note: 'forged' }) })
        return status
      })
      expect(response).toBe(403)
      await page.reload()
      expect(await page.locator('li').count()).toBe(0)
    })

    it('has one static file, and not the other', async () => {
      const page = await openPage(site().front.url)
      const statuses: Record<string, number[]> = {}
      page.on('response', response => (statuses[new URL(response.url()).pathname] ??= []).push(response.status()))
      await logIn(page)
      await page.waitForSelector('#add')
      await page.waitForLoadState('load')
      // Two pages want it; for the second one it may be in the cache, or not be modified.
      expect(statuses['/static/page.css']![0]).toBe(200)
      expect(statuses['/static/missing.png']).toEqual([404])
      expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).color")).toBe('rgb(1, 2, 3)')
      expect((await page.goto('/static/nowhere.css'))?.status()).toBe(404)
    })
  })
})
