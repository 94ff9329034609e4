import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import { axeInBothThemes, Lab } from '../../e2e/support/lab.ts';
import { kubeOf } from '../../support/kube.ts';
import { faulty, vmPath } from '../../support/operations/why.ts';

let lab: Lab;
let api: Api;
let page: Page;

beforeAll(async () => {
  lab = await Lab.start({ starter: 'nothing' });
  api = await lab.api();
  await api.settings.update({ setupDone: true });
  const kube = kubeOf(lab.hearth.kubeconfig);
  await kube.request('POST', vmPath, faulty('nets', (spec) => {
    spec.networks.push({ name: 'lab', multus: { networkName: 'lab-net' } });
    spec.domain.devices.interfaces.push({ name: 'lab', bridge: {} });
  })); // prettier-ignore
  await kube.request('POST', vmPath, faulty('seed', (spec) => {
    spec.volumes.push({ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'seed-data' } } });
    spec.domain.devices.disks.push({ name: 'seed', disk: { bus: 'virtio' } });
  })); // prettier-ignore
  page = await lab.open('/');
}, 120_000);
afterAll(() => lab?.end(), 60_000);

const go = async (route: string): Promise<void> => {
  await page.goto('about:blank');
  await page.goto(`${lab.hearth.origin}/#${route}`);
};
const why = () => page.getByRole('region', { name: 'Why it is not as you asked' });
const running = async (name: string): Promise<boolean> => {
  for await (const { row } of api.machines.detail({ namespace: 'default', name })) if (row.status === 'Running') break;
  return true;
};

describe('why, with the keyboard alone', () => {
  it('the list tells it in a line; the palette leads to the chain; the first button cures it', async () => {
    await go('/machines');
    await page.getByText('The network default/lab-net does not exist.').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await page.keyboard.type('why nets');
    await expect.poll(() => page.getByRole('option').first().innerText()).toMatch(/^Why\? nets/);
    await page.keyboard.press('Enter');
    await why().waitFor();
    await why().getByText('NetworkAttachmentDefinition lab-net').waitFor();
    expect(await why().getAttribute('data-cause')).toBeNull();
    expect(await why().locator('[data-cause=missing-network] li').count()).toBeGreaterThan(2);
    expect(await axeInBothThemes(page)).toEqual([]);
    await expect.poll(() => why().evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('The network lab-net is there.').waitFor();
    expect(await running('nets')).toBe(true);
  }, 60_000);

  it('a missing secret is typed in, and the machine runs', async () => {
    await go('/machines/default/seed');
    const make = why().getByRole('button', { name: 'Make the secret seed-data' });
    await make.waitFor();
    await make.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('cloud-init user data').focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('hostname: seed');
    await dialog.getByRole('button', { name: 'Make the secret seed-data' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('The secret seed-data is there.').waitFor();
    expect(await running('seed')).toBe(true);
  }, 60_000);
});
