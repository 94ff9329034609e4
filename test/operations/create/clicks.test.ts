import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab } from '../../e2e/support/lab.ts';
import { rowOf } from '../../e2e/support/guest.ts';

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await Lab.start({ starter: 'image' });
  await (await lab.api()).settings.update({ setupDone: true });
  page = await lab.open('/images');
}, 180_000);
afterAll(() => lab?.end(), 60_000);

it('from the catalogue it is three clicks to a machine that runs, with its console open', async () => {
  await page.getByRole('button', { name: 'Choose from the catalogue' }).click();
  let clicks = 0;
  const click = async (what: Locator): Promise<void> => {
    clicks += 1;
    await what.click({ timeout: 60_000 });
  };
  await click(page.getByRole('dialog').getByRole('button', { name: /^Add .*starter/i }));
  // The image becomes ready by itself.
  await click(page.getByRole('row', { name: /starter.*Ready/i }).getByRole('button', { name: 'Create a machine' }));
  await click(page.getByRole('button', { name: 'Create and open console', exact: true }));
  await page.waitForURL(/#\/console\/default\/[a-z0-9-]+$/, { timeout: 60_000 });
  expect(clicks).toBe(3);
  const [, name = ''] = /console\/default\/([a-z0-9-]+)/.exec(page.url()) ?? [];
  const api = await lab.api();
  await rowOf(api, name, (row) => row.status === 'Running');
  await page.getByRole('application').locator('canvas').waitFor({ timeout: 60_000 });
}, 180_000);
