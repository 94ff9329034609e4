import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import type { LabRun } from '../../../main/contract/labs/run.ts';
import { until } from '../../support/hearth.ts';
import { axeInBothThemes, Lab } from '../../e2e/support/lab.ts';
import { shows, tabTo, typeLine } from '../../e2e/support/guest.ts';

let lab: Lab;
let api: Api;
let page: Page;
beforeAll(async () => {
  lab = await Lab.start();
  api = await lab.api();
  await api.settings.update({ setupDone: true });
  page = await lab.open('/labs');
}, 240_000);
afterAll(() => lab?.end(), 60_000);

const bootMs = 120_000;
const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: typeof name === 'string' });
const heading = (level: number, name: string | RegExp): Locator => page.getByRole('heading', { level, name });
const check = (id: string, state: string): Locator => page.locator(`[data-check=${id}][data-state=${state}]`);
const next = (): Locator => button('Next step');
/** The lab's machines, as the API has them. */
const machines = async (): Promise<string[]> => {
  const rows = await until(api.machines.watch({}), ({ namespace, name }) => `${namespace}/${name}`, () => true); // prettier-ignore
  return [...rows.keys()].filter((key) => key.startsWith('lab-first-vm/'));
};
const run = async (): Promise<LabRun | undefined> => {
  for await (const now of api.labs.run({ lab: 'first-vm' })) return now;
  return undefined;
};
/** Into the serial console by hand: the password that the instructions show. */
const password = async (): Promise<string> => (await page.locator('[data-pane=steps] pre').first().innerText()).trim();

describe('the lab first-vm', () => {
  it('says what it makes, and is started from its card by keyboard', async () => {
    await heading(1, 'Labs').waitFor();
    const card = page.getByRole('link', { name: 'Your first virtual machine' });
    await tabTo(page, card);
    await page.keyboard.press('Enter');
    await heading(1, 'Your first virtual machine').waitFor();
    await page.getByText('128 MiB of').waitFor();
    await page.getByText('lab-first-vm', { exact: true }).first().waitFor();
    expect(await machines()).toEqual([]);
    await button('Start').press('Enter');
    await heading(2, 'Switch it on').waitFor({ timeout: bootMs });
    expect(await machines()).toEqual(['lab-first-vm/web']);
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('is red before and green after its button is pressed', async () => {
    await check('running', 'failed').waitFor({ timeout: 30_000 });
    expect(await next().count()).toBe(0); // its name says why not
    await button('Switch web on').press('Enter');
    await check('running', 'passed').waitFor({ timeout: 60_000 });
    await check('prompt', 'passed').waitFor({ timeout: bootMs });
    await next().press('Enter');
    await heading(2, 'Log in and leave a note').waitFor();
  });

  it('shows a hint for its price, and turns green by what is typed into the console', async () => {
    await check('note', 'failed').waitFor({ timeout: 30_000 });
    await button(/^Show a hint \(costs 5 points\)/).press('Enter');
    await page.getByText('Hint 1 of 3').waitFor();
    const secret = await password();
    expect(secret.length).toBeGreaterThan(5);
    await page.getByRole('region', { name: 'Serial console of web' }).click();
    await shows(page, /login: *$/, bootMs);
    await typeLine(page, 'learner');
    await shows(page, /assword: *$/);
    await typeLine(page, secret);
    await shows(page, /learner@\S+[$#]/);
    await typeLine(page, 'echo I was here > note.txt');
    await check('note', 'passed').waitFor({ timeout: 60_000 });
    await page.getByText('15 of 20 points').waitFor();
    // What is undone is red again.
    await typeLine(page, 'rm note.txt');
    await check('note', 'failed').waitFor({ timeout: 60_000 });
    await typeLine(page, 'echo I was here > note.txt');
    await check('note', 'passed').waitFor({ timeout: 60_000 });
    await next().press('Enter');
    await heading(2, 'Serve a page of your own').waitFor();
  });

  it('is finished with what the learner has reached', async () => {
    const told = () => page.evaluate(() => document.querySelector('[data-pane=steps]')?.textContent ?? '');
    await expect.poll(told, { timeout: 30_000 }).toContain('http://127.0.0.1:');
    await button('Type it for me').first().press('Enter');
    await shows(page, /assword: *$/);
    const before = (await run())?.steps[1]?.text ?? '';
    const [, word = ''] = /```type[^\n]*\n([^\n]+)/.exec(before) ?? [];
    await page.getByRole('region', { name: 'Serial console of web' }).click();
    await typeLine(page, word.trim());
    await check('hello', 'passed').waitFor({ timeout: 60_000 });
    await next().press('Enter');
    await heading(2, 'Restart it, and see what stays').waitFor();
    await check('scratch', 'failed').waitFor({ timeout: 30_000 });
    await button('Restart web for me').press('Enter');
    for (const id of ['again', 'scratch', 'kept']) await check(id, 'passed').waitFor({ timeout: bootMs });
    await button('Finish').press('Enter');
    await heading(2, /Your first virtual machine is done/).waitFor();
    await page.getByText('65 of 70').first().waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
  });

  it('ends, and nothing of it is left', async () => {
    await page.getByRole('region', { name: 'Result' }).getByRole('button', { name: 'End lab' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'End lab' }).press('Enter');
    await button('Start').waitFor({ timeout: bootMs });
    expect(await machines()).toEqual([]);
    await page.getByText('65 of 70 points in').first().waitFor();
  });
});
