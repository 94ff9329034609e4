import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { pictures } from '../support/pictures/list.ts';
import { stillPicture, stillWindow } from '../support/pictures/still.ts';
import { previewPages } from '../support/preview/pages.ts';
import { axe } from '../support/screenshots.ts';

// Every page as people see it who ask their system for its own few colours, or for more contrast.
const preview = previewPages();
const wishes = [
  ['the colours of the system', { forcedColors: 'active', contrast: 'no-preference' }],
  ['more contrast', { forcedColors: 'none', contrast: 'more' }],
] as const;

/** Controls, one after the other, that the keyboard comes to without anything to be seen of it. */
async function unseen(page: Page, steps: number): Promise<string[]> {
  const found: string[] = [];
  let before = await stillPicture(page);
  for (let n = 0; n < steps; n += 1) {
    await page.keyboard.press('Tab');
    const after = await stillPicture(page);
    if (before.equals(after)) found.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120) ?? 'none'));
    before = after;
  }
  return found;
} // prettier-ignore

describe.each(wishes)('in %s', (_words, media) => {
  it.each(pictures.filter(({ press }) => press === undefined).map(({ name, at }) => [name, at] as const))(
    '%s can be read, and shows where the keyboard is',
    { timeout: 120_000 },
    async (name, at) => {
      const context = await stillWindow(preview.browser);
      try {
        const page = await context.newPage();
        page.setDefaultTimeout(60_000);
        await page.emulateMedia({ ...media, colorScheme: name.length % 2 === 0 ? 'dark' : 'light' });
        const [route = '/', query = ''] = at.split(' ').toReversed();
        await page.goto(`${preview.url}?latency=0&${query}#${route}`);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await page.waitForLoadState('networkidle');
        await stillPicture(page);
        expect(await axe(page, ['color-contrast'])).toEqual([]);
        expect(await unseen(page, 4)).toEqual([]);
      } finally {
        await context.close();
      }
    },
  );
});
