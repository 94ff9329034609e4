import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const require = createRequire(import.meta.url);
const font = (name: string): string => readFileSync(require.resolve(`@fontsource-variable/${name}`)).toString('base64');
const fonts = {
  sans: font('noto-sans/files/noto-sans-latin-wght-normal.woff2'),
  mono: font('noto-sans-mono/files/noto-sans-mono-latin-wght-normal.woff2'),
};
/** What every picture says the time is. */
const now = new Date('2026-11-20T10:00:00Z');

declare global {
  /** How far the page has moved under the reader by itself, as the browser counts it. */
  var hearthShift: { sum: number; told: string[] } | undefined;
}

/** A window in which the same page looks the same on every computer: its clock stands, chance is not, fonts are given. */
export async function stillWindow(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'dark',
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'UTC',
  });
  await context.clock.setFixedTime(now);
  await context.addInitScript(({ sans, mono }) => {
    let seed = 1;
    Math.random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    // From bytes a font is there at once, and no policy has to let it in.
    const bytes = (text: string): ArrayBuffer => Uint8Array.from(atob(text), (each) => each.charCodeAt(0)).buffer;
    for (const [name, text] of [
      ['Still', sans],
      ['Still Mono', mono],
    ] as const)
      // prettier-ignore
      document.fonts.add(new FontFace(name, bytes(text), { weight: '100 900' }));
    addEventListener('DOMContentLoaded', () => {
      document.documentElement.style.setProperty('--font', "'Still', 'DejaVu Sans', sans-serif");
      document.documentElement.style.setProperty('--mono', "'Still Mono', 'DejaVu Sans Mono', monospace");
    });
    // The console shows text; a screen would be tried again and again.
    localStorage.setItem('hearth.console.view', '"serial"');
    const shift = (globalThis.hearthShift = { sum: 0, told: [] as string[] });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node?: Node }[] })[]) {
        if (entry.hadRecentInput) continue;
        shift.sum += entry.value;
        shift.told.push(`${entry.value.toFixed(3)} ${entry.sources.map(({ node }) => (node instanceof Element ? `${node.tagName}.${node.className} ${node.textContent.slice(0, 30)}` : '')).join(' | ')}`);
      }
    }).observe({ type: 'layout-shift', buffered: true }); // prettier-ignore
  }, fonts);
  return context;
}

/** A picture of the page once it moves no more: two in a row are the same. Throws after 20 s of moving. */
export async function stillPicture(page: Page): Promise<Buffer> {
  let before: Buffer | undefined;
  for (const end = Date.now() + 20_000; Date.now() < end; await page.waitForTimeout(60)) {
    const seen = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    if (before?.equals(seen)) return seen;
    before = seen;
  }
  throw new Error(`${page.url()} never stands still.`);
}
