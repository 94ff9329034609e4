import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../main/contract/contract.ts';
import { Lab } from '../e2e/support/lab.ts';

const mib = 2 ** 20;
let lab: Lab;
let api: Api;
let page: Page;

beforeAll(async () => {
  lab = await Lab.start({ starter: 'nothing' });
  api = await lab.api();
  await api.settings.update({ setupDone: true });
  await api.machines.create({
    name: 'seen', start: true, runStrategy: 'Once', source: { type: 'blank' }, rootDisk: { size: mib },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * mib },
  }); // prettier-ignore
  page = await lab.open('/');
}, 120_000);
afterAll(() => lab?.end(), 60_000);

const go = async (route: string): Promise<void> => {
  await page.goto('about:blank');
  await page.goto(`${lab.hearth.origin}/#${route}`);
};
const button = (name: string | RegExp) => page.getByRole('button', { name });
const main = () => page.getByRole('main');

describe('seeing', () => {
  it('graphs of a machine: live ones, and the last hour from what is kept on disk', async () => {
    await go('/machines/default/seen');
    await page.getByRole('img', { name: 'CPU' }).waitFor({ timeout: 30_000 });
    await page.getByText('1 hour', { exact: true }).click();
    await page.getByRole('img', { name: 'Memory' }).waitFor({ timeout: 40_000 });
    const points: number[] = [];
    for await (const batch of api.metrics.machine({ namespace: 'default', name: 'seen', range: '1h' })) {
      points.push(...batch.map(({ at }) => at));
      if (points.length > 1) break;
    }
    expect(points.length).toBeGreaterThan(1);
    await go('/');
    await page.getByText('Use of this computer').waitFor();
  }, 90_000);

  it('what was done is in the history and among the commands, and runs again', async () => {
    await go('/activity/history');
    await main().getByText('Create a machine').first().waitFor();
    await main()
      .getByText(/in a browser/)
      .first()
      .waitFor();
    await go('/activity/commands');
    await main().getByText('kind: VirtualMachine').first().waitFor();
    await button('Run again').first().click();
    const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
    await dialog.getByRole('button', { name: 'Run again' }).click();
    // It is there already: the target's own refusal is shown.
    await dialog
      .getByText(/already/)
      .first()
      .waitFor();
    expect(await dialog.getByText(/already/).count()).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
  });

  it('the palette finds a machine by its MAC and acts on it', async () => {
    let mac = '';
    for await (const detail of api.machines.detail({ namespace: 'default', name: 'seen' })) {
      mac = detail.interfaces[0]?.mac ?? '';
      if (mac) break;
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill(mac);
    await page.getByRole('option', { name: new RegExp(`seen.*${mac}`) }).click();
    await page.getByRole('heading', { name: 'seen' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('pause seen');
    await page.getByRole('option', { name: 'Pause seen' }).click();
    await main().getByText('Paused').first().waitFor();
    expect(page.url()).toContain('/machines/default/seen');
    await api.machines.act({ namespace: 'default', name: 'seen', action: 'unpause' });
  });

  it('a machine whose process is killed calls in the corner of the page', async () => {
    const folder = join(lab.hearth.dataDir, 'engine', 'machines');
    for (const id of readdirSync(folder)) {
      const record = JSON.parse(readFileSync(join(folder, id, 'machine.json'), 'utf8')) as {
        name: string;
        pid: number;
      };
      if (record.name === 'seen') process.kill(record.pid, 'SIGKILL');
    }
    await page.getByText('seen stopped unexpectedly').first().waitFor({ timeout: 20_000 });
    expect(await page.getByText('seen stopped unexpectedly').count()).toBeGreaterThan(0);
    await go('/activity/events');
    await main()
      .getByText(/ended|stopped|failed/i)
      .first()
      .waitFor();
  });

  it('a support bundle is looked at, made and downloaded', async () => {
    await go('/settings/support');
    await button('Show what it would hold').click();
    await page.getByText('targets/quick-lab/objects/virtualmachines.kubevirt.io.yaml').waitFor({ timeout: 20_000 });
    await button('Create the bundle').click();
    const link = page.getByRole('link', { name: 'Download' });
    await link.waitFor({ timeout: 30_000 });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const bytes = readFileSync(await download.path());
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(download.suggestedFilename()).toMatch(/^hearth-support-.*\.tar\.gz$/);
    const stranger = await fetch(`${lab.hearth.origin}/support/${download.suggestedFilename()}`);
    expect(stranger.status).toBe(401);
  });
});
