import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Where tests of pages leave pictures for people to look at. */
const folder = process.env['HEARTH_PICTURES'];
const sizes = [
  { width: 900, height: 600 },
  { width: 1280, height: 800 },
];

/** The page as it is, dark and light, in both windows; nothing happens unless somebody wants pictures (HEARTH_PICTURES). */
export async function picture(page: Page, name: string): Promise<void> {
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const)
    for (const viewport of sizes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(viewport);
      await page.waitForTimeout(250);
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${viewport.width}.png`) });
    }
}
