import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import { password, rowOf, starterMachine, user } from '../../e2e/support/guest.ts';
import { Lab } from '../../e2e/support/lab.ts';

let lab: Lab;
let api: Api;
let page: Page;
beforeAll(async () => {
  lab = await Lab.start();
  api = await lab.api();
  await api.settings.update({ setupDone: true });
  page = await lab.open('/machines');
}, 240_000);
afterAll(() => lab?.end(), 60_000);

const config = (command: string): string =>
  `#cloud-config\nuser: ${user}\npassword: ${password}\nchpasswd: {expire: false}\nruncmd:\n  - ${command}\n`;

it('a first set-up that failed in a real guest: the list and the machine name the command; cured, nothing is said', async () => {
  const userData = config('cat /nowhere/at/all');
  const of = await starterMachine(api, 'broken', { cloudInit: { type: 'yaml', userData } });
  // Both wait for the same word of the guest, which is in no object of the target.
  const row = await rowOf(api, 'broken', ({ why }) => why !== undefined && why.includes('cloud-init'));
  expect(row).toMatchObject({ status: 'Running', why: expect.stringMatching(/failed: runcmd: .*cat \/nowhere\/at\/all/) as string }); // prettier-ignore
  await page.getByText(/failed: runcmd: .*cat \/nowhere\/at\/all/).first().waitFor(); // prettier-ignore
  for await (const { why } of api.machines.detail(of)) {
    const [chain] = why;
    expect(chain).toMatchObject({ cause: 'cloud-init-broken', tone: 'warning', short: row.why });
    expect(chain?.cures.map(({ action }) => action)).toEqual([
      { type: 'page', to: '/machines/default/broken/guest' },
      { type: 'page', to: '/machines/default/broken/console' },
    ]);
    break;
  }

  await page.goto(`${lab.hearth.origin}/#/machines/default/broken`);
  const box = page.locator('[data-cause=cloud-init-broken]');
  await box.getByText('cat /nowhere/at/all').first().waitFor(); // prettier-ignore
  await box.getByRole('link', { name: 'Edit cloud-init and run it again' }).click();
  await page.waitForURL(/machines\/default\/broken\/guest/);

  const { version } = await api.cloudInit.read(of);
  await api.cloudInit.write({ ...of, userData: config('"true"'), networkData: '', version });
  await api.cloudInit.runAgain(of);
  await api.machines.act({ ...of, action: 'stop' });
  await rowOf(api, 'broken', ({ status }) => status === 'Stopped');
  await api.machines.act({ ...of, action: 'start' });
  await rowOf(api, 'broken', ({ status, why }) => status === 'Running' && why === undefined);
  for await (const result of api.cloudInit.results({})) {
    const items = result.type === 'snapshot' ? result.items : result.type === 'delta' ? result.upserted : [];
    if (items.some(({ name, state }) => name === 'broken' && state === 'done')) break;
  }
  expect(await rowOf(api, 'broken', ({ status }) => status === 'Running')).not.toHaveProperty('why');
  for await (const { why } of api.machines.detail(of)) {
    expect(why).toEqual([]);
    break;
  }
}, 240_000);
