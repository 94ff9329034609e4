import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../main/contract/contract.ts';
import type { BinEntry } from '../../main/contract/bin.ts';
import { rowOf } from '../e2e/support/guest.ts';
import { axeInBothThemes, Lab } from '../e2e/support/lab.ts';
import { kubeOf } from '../support/kube.ts';
import { blank } from '../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
let lab: Lab;
let api: Api;
let page: Page;

beforeAll(async () => {
  lab = await Lab.start({ starter: 'nothing' });
  api = await lab.api();
  await api.settings.update({ setupDone: true });
  for (const name of ['alpha', 'bravo', 'charlie', 'delta']) await api.machines.create(blank(name));
  for (const name of ['alpha', 'bravo', 'charlie', 'delta']) await rowOf(api, name, ({ status }) => status === 'Stopped'); // prettier-ignore
  page = await lab.open('/machines');
}, 120_000);
afterAll(() => lab?.end(), 60_000);

const go = async (route: string): Promise<void> => {
  await page.goto('about:blank');
  await page.goto(`${lab.hearth.origin}/#${route}`);
};
/** What a person does without a mouse: the control is reached, and its key pressed. */
const press = async (control: Locator, key = 'Enter'): Promise<void> => {
  await control.waitFor();
  await control.focus();
  await page.keyboard.press(key);
};
const type = async (field: Locator, text: string): Promise<void> => {
  await field.waitFor();
  await field.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
};
const dialog = () => page.getByRole('dialog').or(page.getByRole('alertdialog'));
const button = (name: string | RegExp) => page.getByRole('button', { name });
const row = (name: string) => page.getByRole('row').filter({ hasText: name });
const choose = async (...names: string[]): Promise<void> => {
  for (const name of names) await press(row(name).getByRole('checkbox'), 'Space');
};
async function bin(shows: (entries: BinEntry[]) => boolean): Promise<BinEntry[]> {
  for await (const { entries } of api.bin.watch({})) if (shows(entries)) return entries;
  throw new Error('the stream ended');
}
const kept = (name: string) => bin((all) => all.some((each) => each.name === name && each.state === 'kept'));

describe('many machines, by keyboard', () => {
  it('go into a folder, which is in the tree and shows them alone', async () => {
    await choose('alpha', 'bravo');
    expect(await axeInBothThemes(page)).toEqual([]);
    await press(button('Move to folder…'));
    await type(dialog().getByRole('textbox', { name: 'Folder' }), 'home/lab');
    expect(await axeInBothThemes(page)).toEqual([]);
    await press(dialog().getByRole('button', { name: 'Move', exact: true }));
    await dialog().getByText('2 done, 0 failed, 0 left alone').waitFor();
    await press(dialog().getByRole('button', { name: 'Close' }).last());
    expect((await rowOf(api, 'alpha', ({ folder }) => folder !== undefined)).folder).toBe('home/lab');
    await press(page.getByRole('navigation', { name: 'Folders' }).getByRole('button', { name: /^lab/ }));
    await row('charlie').waitFor({ state: 'detached' });
    for (const name of ['alpha', 'bravo']) await row(name).waitFor();
    await press(page.getByRole('navigation', { name: 'Folders' }).getByRole('button', { name: /^All/ }));
    await row('charlie').waitFor();
  }, 60_000);

  it('get a label, by which the list is narrowed', async () => {
    await go('/machines');
    await choose('bravo', 'charlie');
    await press(button('Label…'));
    await type(dialog().getByRole('textbox', { name: 'Label' }), 'tier=web');
    await press(dialog().getByRole('button', { name: 'Save' }));
    await dialog().getByText('2 done, 0 failed, 0 left alone').waitFor();
    await press(dialog().getByRole('button', { name: 'Close' }).last());
    await go('/machines');
    await press(page.getByRole('combobox', { name: 'Filter by label' }));
    const wanted = page.getByRole('option', { name: 'tier=web' });
    await wanted.waitFor();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => wanted.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await row('alpha').waitFor({ state: 'detached' });
    expect([await row('bravo').count(), await row('charlie').count()]).toEqual([1, 1]);
    expect(await axeInBothThemes(page)).toEqual([]);
  }, 60_000);

  it('are deleted into the bin; one that is refused says why, stays, and is tried again alone', async () => {
    const kube = kubeOf(lab.hearth.kubeconfig);
    const secrets = '/api/v1/namespaces/default/secrets';
    const vm = (await kube.request('GET', '/apis/kubevirt.io/v1/namespaces/default/virtualmachines/bravo')) as { metadata: { uid: string } }; // prettier-ignore
    const owner = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'bravo', uid: vm.metadata.uid };
    // More than the Secret holds that a machine is kept in.
    await kube.request('POST', secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'huge', ownerReferences: [owner] }, data: { blob: Buffer.alloc(780_000, 'x').toString('base64') } }); // prettier-ignore
    await go('/machines');
    await choose('alpha', 'bravo');
    await press(page.getByRole('toolbar').getByRole('button', { name: 'Delete…' }));
    expect(await axeInBothThemes(page)).toEqual([]);
    await press(dialog().getByRole('button', { name: 'Move to the bin' }));
    await dialog().getByText('1 done, 1 failed, 0 left alone').waitFor();
    await dialog().getByText('This does not fit into the bin').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await kept('alpha');
    await kube.request('DELETE', `${secrets}/huge`);
    await press(button('Try 1 again'));
    await dialog().getByText('2 done, 0 failed, 0 left alone').waitFor();
    await press(dialog().getByRole('button', { name: 'Close' }).last());
    await kept('bravo');
  }, 60_000);
});

describe('the storage page, by keyboard', () => {
  it('gives a machine back with its folder, and deletes another one for good', async () => {
    await go('/storage/bin');
    await press(button(/^Restore… alpha/));
    expect(await axeInBothThemes(page)).toEqual([]);
    await press(dialog().getByRole('button', { name: 'Restore', exact: true }));
    expect((await rowOf(api, 'alpha', ({ status }) => status === 'Stopped')).folder).toBe('home/lab');
    await row('alpha').waitFor({ state: 'detached' });
    await press(button(/^Delete for good… bravo/));
    expect(await axeInBothThemes(page)).toEqual([]);
    await press(dialog().getByRole('button', { name: 'Delete for good' }));
    await page.getByText('The bin is empty').waitFor();
    expect(await bin((entries) => entries.length === 0)).toEqual([]);
    expect(await axeInBothThemes(page)).toEqual([]);
  }, 60_000);

  it('shows the disk that a machine left behind, and attaches it to another', async () => {
    await api.machines.act({ ...ref('charlie'), action: 'delete', deleteDisks: false });
    await go('/storage/orphaned');
    await press(button('More about charlie-root'));
    await press(page.getByRole('menuitem', { name: 'Attach to a machine…' }));
    await press(dialog().getByRole('combobox').first());
    await page.keyboard.type('del');
    await page.getByRole('option', { name: 'delta' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'delta' }).waitFor({ state: 'detached' });
    await press(dialog().getByRole('button', { name: 'Attach', exact: true }));
    await page.getByText('Nothing is orphaned').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await go('/storage');
    await row('charlie-root').getByRole('link', { name: 'delta' }).waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
  }, 60_000);
});
