import { afterAll, beforeAll } from 'vitest';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../browser.ts';
import { servePreview } from './serve.ts';

interface Opened {
  page: Page;
  /** What the browser says about the page. */
  complaints: string[];
}
interface Window {
  width?: number;
  height?: number;
  /** Milliseconds that the backend takes for an answer. */
  latency?: number;
}

/** The pages on the in-memory backend, for a whole file of tests: served and browsed from its first test to its last. */
export function previewPages() {
  let browser: Browser | undefined;
  let preview: Awaited<ReturnType<typeof servePreview>> | undefined;
  beforeAll(async () => {
    preview = await servePreview();
    browser = await launchBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await preview?.close();
  });
  const running = () => {
    if (!browser || !preview) throw new Error('the pages are not served outside of a test');
    return { browser, preview };
  };
  return {
    get browser(): Browser {
      return running().browser;
    },
    get url(): string {
      return running().preview.url;
    },
    /** A window of its own at `QUERY ROUTE` or `ROUTE`. */
    async open(address: string, { width = 1280, height = 800, latency }: Window = {}): Promise<Opened> {
      const { browser: by, preview: from } = running();
      const context = await by.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      const [route = '/', query = ''] = address.split(' ').toReversed();
      const wait = latency === undefined ? '' : `latency=${latency}&`;
      await page.goto(`${from.url}?${wait}${query}#${route}`);
      return { page, complaints };
    },
  };
}

export const heading = (page: Page, name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name });

/** What 200 % zoom leaves of 1280x800 is not too narrow for the page: whether something is cut off at the side. */
export async function overflows(page: Page): Promise<boolean> {
  await page.setViewportSize({ width: 640, height: 400 });
  return page.evaluate(() => {
    const main = document.querySelector('main');
    return main !== null && main.scrollWidth > main.clientWidth;
  });
}
