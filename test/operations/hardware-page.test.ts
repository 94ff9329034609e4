import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../main/contract/contract.ts';
import type { Hardware } from '../../main/contract/hardware.ts';
import { writeIso } from '../../main/embedded/disks/volume/iso9660.ts';
import { rowOf, taskDone } from '../e2e/support/guest.ts';
import { axeInBothThemes, Lab } from '../e2e/support/lab.ts';

const mib = 2 ** 20;
const of = { namespace: 'default', name: 'parts' };
let lab: Lab;
let api: Api;
let page: Page;

beforeAll(async () => {
  lab = await Lab.start({ starter: 'nothing' });
  api = await lab.api();
  await api.settings.update({ setupDone: true });
  const iso = join(lab.dataDir, 'tools.iso');
  writeFileSync(iso, writeIso('TOOLS', new Map([['hello.txt', Buffer.from('hello')]])));
  await taskDone(api, (await api.images.addFromFile({ path: iso, mode: 'copy', name: 'tools' })).taskId);
  await api.machines.create({
    ...of, start: false, source: { type: 'blank' }, rootDisk: { size: mib }, runStrategy: 'Manual',
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 128 * mib },
  }); // prettier-ignore
  await api.hardware.addDrive({ ...of, disk: 'drive' });
  await api.machines.act({ ...of, action: 'start' });
  await rowOf(api, of.name, ({ status }) => status === 'Running');
  page = await lab.open('/');
}, 120_000);
afterAll(() => lab?.end(), 60_000);

const go = async (tab: string): Promise<void> => {
  await page.goto('about:blank');
  await page.goto(`${lab.hearth.origin}/#/machines/default/parts/${tab}`);
};
/** What a person does without a mouse: the control is reached, and its key pressed. */
const press = async (control: Locator, key = 'Enter'): Promise<void> => {
  await control.waitFor();
  await control.focus();
  await page.keyboard.press(key);
};
const type = async (name: string, text: string): Promise<void> => {
  const field = page.getByRole('textbox', { name });
  await field.waitFor();
  await field.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
};
const button = (name: string | RegExp) => page.getByRole('button', { name });
async function until(wanted: (hardware: Hardware) => boolean): Promise<Hardware> {
  for await (const seen of api.hardware.watch(of)) if (wanted(seen)) return seen;
  throw new Error('the stream ended');
}
const drive = ({ disks }: Hardware) => disks.find(({ name }) => name === 'drive');

describe('hardware and disks by keyboard', () => {
  it('CPUs while it runs; what waits for a restart is told, and the restart is one button', async () => {
    await go('hardware');
    await type('CPU sockets', '2');
    await page.keyboard.press('Enter');
    await until(({ size }) => size.running?.sockets === 2);
    expect(await axeInBothThemes(page)).toEqual([]);
    await type('Cores of a socket', '2');
    await page.getByText('After a restart').first().waitFor();
    await press(button(/^Save; the rest/));
    await page.getByText('Not everything is in the running machine yet').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await press(button('Restart now').first());
    await press(
      page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Restart now' }),
    );
    await until(({ size, pending }) => size.running?.cores === 2 && pending.length === 0);
    await page.getByText('Not everything is in the running machine yet').waitFor({ state: 'detached' });
  }, 120_000);

  it('its settings: the description at once, what cannot be is named at its field', async () => {
    await type('Description', 'the spare parts');
    await type('Host name', 'Not Good');
    await page.getByText('Lowercase letters, digits and dashes').waitFor();
    await type('Host name', 'spare');
    await page.keyboard.press('Enter');
    await page.getByText('parts is changed').first().waitFor();
    expect((await api.form.read(of)).form).toMatchObject({ description: 'the spare parts', hostname: 'spare' });
    await press(page.locator('summary', { hasText: 'Advanced' }));
    await type('Most CPU sockets', '8');
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await api.form.read(of)).form.size).toMatchObject({ maxSockets: 8 });
  }, 60_000);

  it('a disk is attached and detached while it runs', async () => {
    await go('disks');
    await press(button('Attach disk'));
    await type('Name in the machine', 'extra');
    await type('Size', '16 MiB');
    expect(await axeInBothThemes(page)).toEqual([]);
    await press(page.getByRole('dialog').getByRole('button', { name: 'Attach' }));
    await until(({ disks }) => disks.some(({ name, phase }) => name === 'extra' && phase === 'Ready'));
    await press(button('More for extra'));
    await press(page.getByRole('menuitem', { name: 'Detach' }));
    await press(
      page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Detach disk' }),
    );
    await until(({ disks }) => !disks.some(({ name }) => name === 'extra'));
    expect(await axeInBothThemes(page)).toEqual([]);
  }, 60_000);

  it('a disc is put into its drive and taken out while it runs', async () => {
    await press(button('More for drive'));
    await press(page.getByRole('menuitem', { name: 'Insert disc' }));
    const dialog = page.getByRole('dialog');
    await press(dialog.getByRole('combobox'));
    await press(page.getByRole('option', { name: /tools/ }));
    await press(dialog.getByRole('button', { name: 'Insert disc' }));
    const full = await until(
      (now) => drive(now)?.phase === 'Ready' && now.pending.every(({ what }) => what === 'other'),
    );
    expect(drive(full)?.kind).toBe('cdrom');
    await press(button('More for drive'));
    await press(page.getByRole('menuitem', { name: 'Eject disc' }));
    await until((hardware) => drive(hardware)?.claim === undefined);
  }, 60_000);
});
