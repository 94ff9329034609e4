import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeOfFile } from '../../../main/cli/browser.ts';
import { launchBrowser } from '../../support/browser.ts';
import { axe } from '../../support/screenshots.ts';
import { startHearth } from '../../support/hearth.ts';
import type { Hearth } from '../../support/hearth.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-package-pages-'));
let hearth: Hearth;
let browser: Browser;
let page: Page;
const broken: string[] = [];
beforeAll(async () => {
  hearth = await startHearth(join(folder, 'data'));
  browser = await launchBrowser();
  page = await browser.newPage();
  page.on('pageerror', (error) => broken.push(error.message));
});
afterAll(async () => {
  await browser?.close();
  await hearth?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('a file that was clicked on survives the sign-in, and is looked at before anything is kept', async () => {
  const lab = join(folder, 'größe 100%.yaml');
  cpSync(join(import.meta.dirname, '../../../assets/labs/first-vm/lab.yaml'), lab);
  await page.goto(`${hearth.url}#${await placeOfFile(lab)}`);
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  expect(await dialog.getByRole('textbox').inputValue()).toBe(lab);
  expect(page.url()).not.toContain('code=');
  await dialog.getByRole('button', { name: 'Check it' }).click();
  await page.getByRole('dialog').getByText('Your first virtual machine').first().waitFor();
  const machine = join(folder, 'web.hearth-vm');
  cpSync(lab, machine);
  await page.goto(`${hearth.origin}/#${await placeOfFile(machine)}`);
  // It is no machine, and the page says so at once: it was read.
  await page.getByRole('alert').or(page.getByText(/damaged|not a machine|cannot be read/i)).first().waitFor(); // prettier-ignore
}, 60_000);

it('the page About shows the licence of everything that is built in, without the internet', async () => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${hearth.origin}/#/settings/about`);
  await page.getByRole('button', { name: 'Show all licences' }).click();
  const status = page.getByRole('status').filter({ hasText: /\d+ parts/ });
  await status.waitFor();
  expect(Number.parseInt((await status.textContent()) ?? '', 10)).toBeGreaterThan(200);
  await page.getByLabel('Search parts and licences').fill('novnc mpl');
  await page.getByText('1 part', { exact: true }).waitFor();
  await page.locator('summary').filter({ hasText: '@novnc/novnc' }).click();
  const text = page.locator('pre');
  await text.waitFor();
  expect(await text.textContent()).toMatch(/Mozilla Public License Version 2\.0\s+=+/);
  expect(await axe(page)).toEqual([]);
  // Long lines wrap inside it: the page itself gets no wider.
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  expect(asked.filter((url) => !url.startsWith(hearth.origin))).toEqual([]);
  expect(broken).toEqual([]);
}, 60_000);
