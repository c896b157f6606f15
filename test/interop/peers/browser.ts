// Headless Chromium, driven through playwright-core, which brings no browser of its own. Knows where the browser is and how it is started
// here, and nothing about the pages it is shown.
import type { Browser } from 'playwright-core'
import { findProgram } from './process.js'

export const findChromium = (): string | undefined => findProgram('chromium', 'chromium-browser', 'google-chrome', 'chrome')

/** Ended by its `close`, and with this process. */
export async function startBrowser (): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('Chromium is not installed')
  // Loaded here, because every suite asks whether there is a browser, and few want one.
  const { chromium } = await import('playwright-core')
  // --no-sandbox: it does not start as root otherwise, and it shows nobody's pages but ours.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}
