import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../../main/backend/paths.ts';
import { kubeOf } from '../support/kube.ts';
import { guestsOf, Lab } from '../e2e/support/lab.ts';
import { logIn, password, rowOf, serialShell, shows, starterMachine, typeLine, user } from '../e2e/support/guest.ts';

// What a browser says when the other side of its socket is killed.
const lost = [/WebSocket connection to .* failed/, /ERR_CONNECTION_(REFUSED|RESET|CLOSED)/, /ERR_EMPTY_RESPONSE/];

let lab: Lab;
let page: Page;
let bootId = '';
beforeAll(async () => {
  lab = await Lab.start();
  const api = await lab.api();
  await api.settings.update({ setupDone: true });
  await starterMachine(api, 'keep', { runStrategy: 'Always' });
  page = await lab.open('/console/default/keep');
  await page.getByRole('button', { name: 'Serial', exact: true }).click();
  await logIn(page, user, password);
}, 240_000);
afterAll(() => lab?.end(), 60_000);

let asked = 0;
/** Asks the guest itself, through the page, which boot of it this is; numbered, because older answers are still to be read. */
const askBootId = async (): Promise<string> => {
  await page.locator('.xterm-helper-textarea').focus();
  asked += 1;
  await page
    .getByRole('heading', { name: /Connection lost|Connecting/ })
    .waitFor({ state: 'detached', timeout: 60_000 });
  await typeLine(page, `echo "boot${asked}:$(cat /proc/sys/kernel/random/boot_id):"`);
  return (await shows(page, new RegExp(`boot${asked}:[0-9a-f-]{36}:`))).split(':')[1] ?? '';
};
const pidOf = (name: string): number => {
  const found = guestsOf(lab.dataDir).filter(({ argv }) => argv.some((part) => part.startsWith(`guest=${name},`)));
  expect(found.length).toBe(1);
  return found[0]!.pid;
};
const kill = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => existsSync(`/proc/${pid}/exe`)).toBe(false);
};

describe('the backend is killed', () => {
  it('the guest runs on; the next one adopts it, and the open page goes on with its console', async () => {
    bootId = await askBootId();
    const pid = pidOf('keep');
    await lab.expecting(lost, async () => {
      const ended = once(lab.hearth.process, 'close');
      lab.hearth.process.kill('SIGKILL');
      await ended;
      await page.getByRole('heading', { name: 'Connection lost' }).waitFor();
      await lab.up();
      expect(await askBootId()).toBe(bootId);
    });
    expect(pidOf('keep')).toBe(pid);
  });
});

describe('the engine is killed', () => {
  it('comes back by itself; the page says that it is behind, then is live, and the console goes on', async () => {
    const other = await lab.open('/machines');
    await other.getByRole('row', { name: /keep/ }).waitFor();
    const [engine] = guestsOf(lab.dataDir, 'node').filter(({ argv }) => argv.some((part) => /engine\.js|embedded\/main\.ts/.test(part))); // prettier-ignore
    const stale = other.getByText('Not up to date').waitFor({ timeout: 30_000 });
    process.kill(engine!.pid, 'SIGKILL');
    await stale;
    await other.getByText('Not up to date').waitFor({ state: 'detached', timeout: 60_000 });
    await other.getByRole('row', { name: /keep.*Running|Running.*keep/ }).waitFor();
    await other.close();
    expect(await askBootId()).toBe(bootId);
    const [next] = guestsOf(lab.dataDir, 'node').filter(({ argv }) => argv.some((part) => /engine\.js|embedded\/main\.ts/.test(part))); // prettier-ignore
    expect(next!.pid).not.toBe(engine!.pid);
  });
});

describe('QEMU is killed', () => {
  it('a machine that shall always run comes back by itself, with a new guest', async () => {
    const api = await lab.api();
    const before = pidOf('keep');
    await kill(before);
    await rowOf(api, 'keep', (row) => row.status === 'Running' && !existsSync(`/proc/${before}`));
    expect(pidOf('keep')).not.toBe(before);
    await page.reload();
    await logIn(page, user, password);
    expect(await askBootId()).not.toBe(bootId);
  });

  it('after a failure the page says which policy holds: it is run again, or stays off and says why', async () => {
    const api = await lab.api();
    await api.machines.act({ namespace: 'default', name: 'keep', action: 'forceStop' });
    await rowOf(api, 'keep', (row) => row.status === 'Stopped');
    const size = { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * 2 ** 20 } as const;
    const blank = {
      source: { type: 'blank' },
      size,
      rootDisk: { size: 2 ** 20 },
      cloudInit: { type: 'none' },
    } as const;
    await api.machines.create({ ...blank, name: 'again', runStrategy: 'RerunOnFailure' });
    await api.machines.create({ ...blank, name: 'once', runStrategy: 'Manual' });
    for (const name of ['again', 'once']) await rowOf(api, name, (row) => row.status === 'Running');
    await page.goto(`${lab.hearth.origin}/#/machines`);
    const row = (name: string, status: string) => page.getByRole('row', { name: new RegExp(`${name}.*${status}|${status}.*${name}`) }); // prettier-ignore
    for (const name of ['again', 'once']) await row(name, 'Running').waitFor();

    const before = pidOf('again');
    await kill(before);
    await rowOf(api, 'again', (each) => each.status === 'Running' && !existsSync(`/proc/${before}`));
    await row('again', 'Running').waitFor();
    await kill(pidOf('once'));
    await row('once', 'Stopped').waitFor();
    await page.goto(`${lab.hearth.origin}/#/machines/default/once`);
    await page.getByText('QEMU was ended from outside').first().waitFor();
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByText(/killed|ended by SIGKILL/i).first().waitFor(); // prettier-ignore

    // One that its user turned off is not brought back by anything.
    await api.machines.act({ namespace: 'default', name: 'again', action: 'forceStop' });
    await page.goto(`${lab.hearth.origin}/#/machines`);
    await row('again', 'Stopped').waitFor();
    expect(guestsOf(lab.dataDir)).toEqual([]);
  });
});

describe('bad files', () => {
  it('are set aside and named, and stop nothing else', async () => {
    const api = await lab.api();
    await api.machines.act({ namespace: 'default', name: 'keep', action: 'start' });
    await rowOf(api, 'keep', (row) => row.status === 'Running');
    const pid = pidOf('keep');
    const shell = await serialShell(api, { namespace: 'default', name: 'keep' });
    await lab.expecting(lost, async () => {
      expect(await lab.hearth.stop()).toBe(0); // guests stay
      expect(pidOf('keep')).toBe(pid);
      shell.close();
      writeFileSync(join(lab.dataDir, 'engine/objects/kubevirt.io/virtualmachines/default/once.yaml'), 'kind: [broken');
      writeFileSync(join(lab.dataDir, 'settings.json'), '{"version":1,"theme":"pink"');
      await lab.up();
      await rowOf(await lab.api(), 'keep', (row) => row.status === 'Running');
    });
    expect(pidOf('keep')).toBe(pid);
    expect(readdirSync(join(lab.dataDir, 'engine/quarantine')).some((name) => name.includes('once.yaml'))).toBe(true);
    expect(readdirSync(lab.dataDir).some((name) => name.startsWith('settings.json.corrupt-'))).toBe(true);
    expect(lab.hearth.stderr()).toContain('settings.json');
    const { items = [] } = await kubeOf(lab.hearth.kubeconfig).request('GET', '/api/v1/events');
    expect(items.map((item) => String(item['message'])).join('\n')).toContain('once.yaml');
    // The settings are new, so the setup shows itself; what the engine set aside stands among the events.
    await page.goto(`${lab.hearth.origin}/#/activity/events`);
    await page.getByText(/once\.yaml/).first().waitFor(); // prettier-ignore
    await page.goto(`${lab.hearth.origin}/#/`);
    await page.getByRole('heading', { name: 'What this computer can do' }).waitFor();
  });
});

describe('a second instance', () => {
  it('ends with 1 and names the one that runs', async () => {
    const { spawnargs, spawnfile, pid } = lab.hearth.process;
    const second = spawn(spawnfile, spawnargs.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    second.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(second, 'close')) as [number | null];
    expect(code).toBe(1);
    expect(said).toContain(`Process ${pid} holds ${lab.dataDir}`);
  });
});

describe('the end', () => {
  it('with --stop-vms the guests are shut down first, and nothing is left behind', async () => {
    await lab.expecting(lost, async () => {
      await lab.hearth.stop();
      await lab.up(['--stop-vms']);
      await rowOf(await lab.api(), 'keep', (row) => row.status === 'Running');
      await page.goto('about:blank');
      expect(await lab.hearth.stop()).toBe(0);
    });
    expect(guestsOf(lab.dataDir)).toEqual([]);
    expect(guestsOf(lab.dataDir, 'node')).toEqual([]);
    const { run } = dataPaths(lab.dataDir);
    expect(existsSync(run) ? readdirSync(run) : []).toEqual([]);
    expect(existsSync(run)).toBe(false);
    const files = readdirSync(lab.dataDir, { recursive: true, encoding: 'utf8' });
    expect(files.filter((path) => /\.tmp|\.new$|\.part$|(^|\/)lock(\.|$)/.test(path))).toEqual([]);
    expect(readFileSync(join(lab.dataDir, 'logs/hearth.log'), 'utf8')).not.toContain('"msg":"request failed"');
  });
});
