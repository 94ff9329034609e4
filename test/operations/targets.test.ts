import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../main/contract/contract.ts';
import { openPage, signIn, startHearth, temporaryDataDir } from '../support/hearth.ts';
import type { Hearth } from '../support/hearth.ts';
import { axeInBothThemes, Lab } from '../e2e/support/lab.ts';

const mib = 2 ** 20;
let lab: Lab;
let api: Api;
let page: Page;
/** A second Hearth: its engine is the foreign cluster. */
const away = temporaryDataDir();
let foreign: Hearth;

const machine = (name: string) =>
  ({
    name,
    start: false,
    source: { type: 'blank' },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * mib },
    rootDisk: { size: mib },
  }) as const;

beforeAll(async () => {
  foreign = await startHearth(away.path);
  const there = await openPage(foreign.origin, await signIn(foreign.url));
  await there.api.machines.create(machine('far-away'));
  there.close();
  lab = await Lab.start({ starter: 'nothing' });
  api = await lab.api();
  await api.settings.update({ setupDone: true });
  await api.machines.create(machine('at-home'));
  page = await lab.open('/');
}, 120_000);
afterAll(async () => {
  await lab?.end();
  await foreign?.stop();
  away.remove();
}, 60_000);

const go = async (route: string): Promise<void> => {
  await page.goto('about:blank');
  await page.goto(`${lab.hearth.origin}/#${route}`);
};
const button = (name: string | RegExp) => page.getByRole('button', { name });
const machineRow = (name: string) => page.getByRole('main').getByText(name, { exact: true });

describe('the wizard', () => {
  it('offers every place, looks at this computer and says what stands in the way', async () => {
    await go('/setup/place');
    await page.getByRole('heading', { name: 'Where shall your machines run?' }).waitFor();
    for (const place of ['Quick lab', 'This computer', 'Another computer', 'A cluster you have', 'A throwaway cluster'])
      await page.getByRole('radio', { name: new RegExp(place) }).waitFor();
    await page.getByRole('radio', { name: /A box from a USB stick/ }).check();
    await button('Next').click();
    await page.getByRole('heading', { name: 'Create a stick' }).waitFor();
    await go('/setup/place');
    await page.getByRole('radio', { name: /This computer/ }).check();
    await button('Next').click();
    await page.getByRole('heading', { name: /What was found on this computer/ }).waitFor({ timeout: 30_000 });
    const report = await api.appliances.preflight({ place: { type: 'local' } });
    for (const { title } of report.findings.filter(({ blocks }) => blocks))
      await page.getByRole('main').getByText(title, { exact: true }).first().waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
  }, 60_000);

  it('says in words that nothing listens for SSH there', async () => {
    await go('/setup/place');
    await page.getByRole('radio', { name: /Another computer/ }).check();
    await button('Next').click();
    await page.getByRole('textbox', { name: 'Computer' }).fill('127.0.0.1');
    await page.getByLabel('Port').first().fill('9');
    await page.getByRole('textbox', { name: 'User' }).fill('ada');
    await button(/Connect|Next|Look/)
      .last()
      .click();
    await page.getByText('Nothing listens for SSH there').waitFor({ timeout: 20_000 });
    expect(await axeInBothThemes(page)).toEqual([]);
  }, 60_000);
});

describe('targets', () => {
  it('a cluster is added by its kubeconfig, and every page shows it', async () => {
    await go('/machines');
    await machineRow('at-home').waitFor();
    await go('/targets');
    await button('Add a cluster').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Kubeconfig' }).fill('this: is none');
    await dialog.getByRole('button', { name: 'Check it' }).click();
    await dialog.getByText('The kubeconfig cannot be used').waitFor();
    await dialog.getByRole('textbox', { name: 'Kubeconfig' }).fill(await readFile(foreign.kubeconfig, 'utf8'));
    await dialog.getByRole('button', { name: 'Check it' }).click();
    await dialog.getByText('The cluster answered.').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('Far away');
    expect(await axeInBothThemes(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Add and switch to it' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await go('/machines');
    await machineRow('far-away').waitFor();
    expect(await machineRow('at-home').count()).toBe(0);
  }, 60_000);

  it('switching back and forth follows on an open page, without a reload', async () => {
    await page.getByRole('button', { name: /Far away/ }).click();
    await page.getByRole('menuitemradio', { name: /Quick lab/ }).click();
    await machineRow('at-home').waitFor();
    expect(await machineRow('far-away').count()).toBe(0);
    await page
      .getByRole('button', { name: /Quick lab/ })
      .first()
      .click();
    await page.getByRole('menuitemradio', { name: /Far away/ }).click();
    await machineRow('far-away').waitFor();
  }, 60_000);

  it('a page about a machine of the other place leads to the list', async () => {
    await go('/machines/default/far-away');
    await page.getByRole('heading', { name: 'far-away', exact: true }).waitFor();
    await page
      .getByRole('button', { name: /Far away/ })
      .first()
      .click();
    await page.getByRole('menuitemradio', { name: /Quick lab/ }).click();
    await machineRow('at-home').waitFor();
    expect(new URL(page.url()).hash).toBe('#/machines');
  }, 60_000);

  it('a cluster that ends is told; where it came back, a look finds it', async () => {
    await go('/targets');
    const row = page.getByRole('listitem').filter({ hasText: 'Far away' });
    await row.getByRole('button', { name: 'Switch to' }).click();
    await row.getByText('shown now').waitFor();
    await lab.expecting([/WebSocket|ERR_/], async () => {
      await foreign.stop();
      await row.getByText('Not answering').waitFor({ timeout: 30_000 });
    });
    foreign = await startHearth(away.path);
    // The engine listens on another port now: the copy of its kubeconfig is of the old one.
    const text = await readFile(foreign.kubeconfig, 'utf8');
    expect(await api.targets.test({ text })).toMatchObject({ answer: { nodes: 1 } });
  }, 60_000);

  it('is renamed and forgotten; the Quick lab is shown afterwards', async () => {
    const row = page.getByRole('listitem').filter({ hasText: 'Far away' });
    await row.getByRole('button', { name: /More for/ }).click();
    await page.getByRole('menuitem', { name: 'Rename…' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('The other one');
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    const renamed = page.getByRole('listitem').filter({ hasText: 'The other one' });
    await renamed.getByRole('button', { name: /More for/ }).click();
    await page.getByRole('menuitem', { name: 'Forget', exact: true }).click();
    await renamed.waitFor({ state: 'hidden' });
    // No question, and a way back that outlives the page.
    await page.reload();
    await page.getByRole('button', { name: 'Undo' }).click();
    await renamed.waitFor();
    await renamed.getByRole('button', { name: /More for/ }).click();
    await page.getByRole('menuitem', { name: 'Forget', exact: true }).click();
    await renamed.waitFor({ state: 'hidden' });
    await expect.poll(() => page.getByRole('list', { name: 'Targets' }).getByRole('listitem').count()).toBe(1);
    await go('/machines');
    await machineRow('at-home').waitFor();
  }, 60_000);
});

it('the appliance page without an appliance says what one is and how to get it', async () => {
  await go('/appliance');
  await page.getByRole('main').getByRole('heading').first().waitFor();
  const words = await page.getByRole('main').innerText();
  expect(words).toMatch(/k3s|appliance/i);
  expect(await axeInBothThemes(page)).toEqual([]);
}, 30_000);
