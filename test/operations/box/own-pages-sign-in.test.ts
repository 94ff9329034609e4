import { deepStrictEqual } from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../support/browser.ts';
import { until } from '../../support/boxes/own-box.ts';
import { sendForm } from '../../support/boxes/own-pages.ts';
import { startBoxProcess } from '../../support/boxes/process/box-process.ts';
import type { BoxProcess } from '../../support/boxes/process/box-process.ts';
import { picture } from '../../support/pictures.ts';
import { tabTo } from '../../e2e/support/guest.ts';
import { axeInBothThemes } from '../../e2e/support/lab.ts';

// Who guesses the code of a box that is set up: the built `hearth serve --box`, and a real browser over HTTPS.
let box: BoxProcess;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  box = await startBoxProcess();
  browser = await launchBrowser();
  const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce', colorScheme: 'dark' });
  context.on('weberror', (error) => complaints.push(error.error().stack ?? String(error.error())));
  page = await context.newPage();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  const code = await box?.down();
  await box?.close();
  deepStrictEqual([code, complaints], [0, []]);
}, 60_000);
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await picture(page, 'failed-sign-in');
});

const at = (): string => `127.0.0.1:${box.port}`;
const clean = async (): Promise<void> => expect(await axeInBothThemes(page)).toEqual([]);
const enter = async (digits: string): Promise<void> => {
  await tabTo(page, page.getByLabel('Code', { exact: true }));
  await page.keyboard.press('Control+a');
  await page.keyboard.type(digits);
  await page.keyboard.press('Enter');
};

describe('the code of its screen', () => {
  it('wrong ones are counted, whoever types them; after five nobody may try for a while', async () => {
    await page.goto(`https://${at()}/`);
    expect(page.url()).toBe(`https://${at()}/sign-in`);
    await clean();
    await picture(page, 'sign-in-01');
    const right = await box.code();
    const wrong = right.startsWith('1') ? `2${right.slice(1)}` : `1${right.slice(1)}`;
    await enter(`${wrong.slice(0, 4)} ${wrong.slice(4)}`);
    await page.getByText('The code is not right').waitFor();
    await clean();
    await picture(page, 'sign-in-02-wrong');
    for (let n = 0; n < 3; n += 1) expect((await sendForm(at(), { code: wrong }, '127.0.0.9')).status).toBe(403);
    await enter(wrong);
    await page.getByText('nobody may try for 30 seconds').waitFor();
    // Not even with the digits that were right.
    expect(await page.getByLabel('Code').count()).toBe(0);
    expect((await sendForm(at(), { code: right }, '127.0.0.9')).status).toBe(429);
    await until(() => box.agent.last('show')?.code, (code) => code === undefined); // prettier-ignore
    await clean();
    await picture(page, 'sign-in-03-must-wait');
  });

  it('shows another code after that, and it lets in', async () => {
    const fresh = await until(() => box.agent.last('show')?.code?.digits, (digits) => digits !== undefined, 45_000); // prettier-ignore
    await tabTo(page, page.getByRole('link', { name: 'Check again' }));
    await page.keyboard.press('Enter');
    await enter(fresh ?? '');
    await page.getByRole('heading', { level: 1, name: 'hearth' }).waitFor();
    expect(page.url()).toContain('#/setup-box');
  });
});
