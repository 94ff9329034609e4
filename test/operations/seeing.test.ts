import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../main/contract/contract.ts';
import type { MachineSample } from '../../main/contract/machine.ts';
import { serialShell, starterMachine } from '../e2e/support/guest.ts';
import { Lab } from '../e2e/support/lab.ts';

const mib = 2 ** 20;
let lab: Lab;
let api: Api;
let page: Page;

beforeAll(async () => {
  lab = await Lab.start();
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

  it('what is drawn of a guest’s disk, network and memory is what it counts itself, within a tenth', async () => {
    const of = await starterMachine(api, 'counted');
    const shell = await serialShell(api, of);
    const size = 24 * mib;
    const server = createServer((_request, response) => response.end(Buffer.alloc(size, 'x')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const over = new AbortController();
    const points: MachineSample[] = [];
    const following = (async () => {
      for await (const batch of api.metrics.machine({ ...of, range: 'live' }, { signal: over.signal })) points.push(...batch);
    })().catch(() => undefined);
    /** Sectors written and bytes received, by the guest's kernel; KiB in use. */
    const counted = async (): Promise<{ written: number; received: number; used: number }> => {
      const text = await shell.run("sync; awk '$3~/^[sv]d[a-z]$/{s+=$10}END{print \"written\",s}' /proc/diskstats; tr -s ' :' ' ' < /proc/net/dev | awk '$1==\"eth0\"{print \"received\",$2}'; awk '/MemTotal/{t=$2}/MemAvailable/{print \"used\",t-$2}' /proc/meminfo");
      const value = (name: string): number => Number(new RegExp(`${name} (\\d+)`).exec(text)?.[1]);
      return { written: value('written') * 512, received: value('received'), used: value('used') * 1024 };
    };
    /** A point that was taken after now: what happened before is in it or in an earlier one. */
    const settled = async (): Promise<number> => {
      const from = Date.now();
      await expect.poll(() => points.at(-1)?.at ?? 0, { timeout: 60_000 }).toBeGreaterThan(from);
      return points.length;
    };
    try {
      expect(await shell.run('until ip addr show eth0 | grep -q "inet "; do sleep 0.2; done')).toContain('end:0');
      const before = await counted();
      const first = await settled();
      const { port } = server.address() as AddressInfo;
      expect(await shell.run(`wget -qO big http://10.0.2.1:${port}/ && sync`)).toContain('end:0');
      const after = await counted();
      const last = await settled();
      const sum = (field: 'diskWrite' | 'netIn'): number =>
        points.slice(first, last).reduce((all, now, n) => all + (now[field] * (now.at - (points[first + n - 1]?.at ?? now.at))) / 1000, 0);
      expect(after.written - before.written).toBeGreaterThanOrEqual(size);
      expect(after.received - before.received).toBeGreaterThanOrEqual(size);
      expect(sum('diskWrite') / (after.written - before.written)).toBeCloseTo(1, 1);
      expect(sum('netIn') / (after.received - before.received)).toBeCloseTo(1, 1);
      // The guest's driver reports every five seconds.
      await settled();
      await expect.poll(async () => Math.abs((points.at(-1)?.memory ?? 0) / (await counted()).used - 1), { timeout: 60_000 }).toBeLessThan(0.1);
    } finally {
      over.abort();
      server.close();
      shell.close();
      await following;
    }
  }, 300_000); // prettier-ignore

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
