import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { ApplianceSettings } from '../../main/contract/appliance.ts';
import { rungs } from '../../provisioning/ladder/rungs.ts';
import { behave, kubectl, unitState } from '../support/appliance/by-hand.ts';
import { noGuestReason } from '../support/appliance/guest-image.ts';
import { differences, fingerprint } from '../support/appliance/helper.ts';
import { Whole, context, later, tellTimes, versions } from '../support/appliance/whole.ts';

const logs = join(import.meta.dirname, '../../out/appliance-logs');
const up = (state: string): boolean => state === 'running';

describe.skipIf(noGuestReason)('an appliance over SSH, from the plan to the exact uninstall', () => {
  let whole: Whole;
  let settings: ApplianceSettings;
  let before: string[];
  let id = '';
  const keepLogs = () => onTestFailed(() => whole.guest.keepLogs(logs));
  const kubeconfig = (): string => join(whole.dataDir, 'appliances', id, 'kubeconfig');
  const kube = (...args: string[]): Promise<string> => kubectl(kubeconfig(), args);
  const on = () => ({ id, sudo: whole.sudo });
  const act = (action: 'start' | 'stop' | 'restart' | 'backup' | 'renew-certificates' | 'refresh-network') =>
    whole.done((appliances) => appliances.act({ ...on(), action }, context()));

  beforeAll(async () => {
    whole = await Whole.open();
    before = await fingerprint(whole.guest);
  }, 900_000);
  afterAll(() => whole?.end());

  test('the machine passes the preflight, and the plan fits it', async () => {
    keepLogs();
    const { appliances } = await whole.session();
    const report = await appliances.preflight({ place: whole.place }, context());
    expect(report.findings.filter(({ blocks }) => blocks)).toEqual([]);
    expect(report).toMatchObject({ elevation: 'sudo-password', suggested: { mode: 'lan', address: '10.0.2.15', accelerator: 'tcg' } }); // prettier-ignore
    settings = await whole.settings();
    const plan = await appliances.plan({ place: whole.place, settings }, context());
    expect(plan.fields).toEqual({});
    expect(plan.files.find(({ path }) => path.endsWith('/config.yaml'))?.text).toContain(whole.place.host);
  });

  test('without a right password nothing is done, and it is told which', async () => {
    keepLogs();
    const start = (sudo?: string) =>
      whole.ended((appliances) => appliances.install({ place: whole.place, settings, ...(sudo !== undefined && { sudo }) }, context())); // prettier-ignore
    expect((await start()).task).toMatchObject({ state: 'failed', problem: { code: 'root-password-needed' } });
    const wrong = await start('open sesame');
    expect(wrong.task).toMatchObject({ state: 'failed', problem: { code: 'root-wrong-password' } });
    expect(JSON.stringify(wrong)).not.toContain('open sesame');
    expect((await whole.guest.run(['ls', '/var/lib/hearth'])).code).not.toBe(0);
  });

  test('it is installed, with every step done and every rung passed', async () => {
    keepLogs();
    const { appliances } = await whole.session();
    const run = await whole.done(async (all) => {
      const started = await all.install({ place: whole.place, settings, sudo: whole.sudo }, context());
      id = started.id;
      return started;
    });
    tellTimes('install', run);
    // What holds already is skipped (kernel settings of Debian), and so are images that the mirror does not have.
    const stateOf = (title: string) => run.task.steps.find((step) => step.title === title)?.state;
    for (const title of [`Place k3s ${versions.k3s}`, 'Start k3s', 'Start a first virtual machine', 'Make it a target'])
      expect(`${title}: ${stateOf(title)}`).toBe(`${title}: done`);
    expect(run.task.steps.filter(({ state }) => state !== 'done' && state !== 'skipped')).toEqual([]);
    expect(run.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(JSON.stringify(run)).not.toContain(whole.sudo);
    const record = JSON.parse(await readFile(join(whole.dataDir, 'appliances', `${id}.json`), 'utf8')) as object;
    expect(record).toMatchObject({ state: 'whole', stopped: false, versions, placeTitle: whole.place.host });
    expect(JSON.stringify(record)).not.toContain(whole.sudo);
    expect((await stat(kubeconfig())).mode & 0o777).toBe(0o600);
    expect(await kube('get', 'node', '-o', 'name')).toBe('node/hearth-guest');
    expect(await kube('auth', 'can-i', '*', '*')).toBe('yes');
    const target = (await whole.session()).registry.entries.find((each) => each.id === id);
    expect(target).toMatchObject({ kind: 'appliance', place: whole.place.host });
    expect((await appliances.preflight({ place: whole.place }, context())).existing).toEqual({ id, state: 'whole' });
    // Nothing of ours is left in the home folder there.
    expect((await whole.guest.run(['ls', '/home/ada/.hearth-staging'])).code).not.toBe(0);
  });

  test('pages see all of it', async () => {
    keepLogs();
    const seen = await whole.seen('it runs', ({ state }) => up(state));
    expect(seen).toMatchObject({ id, place: whole.place.host, placeType: 'ssh', state: 'running', versions });
    // Nothing keeps the clock of this guest, and Hearth sees it.
    expect(seen.troubles.map((trouble) => trouble.id)).toEqual(['clock-not-synchronised']);
    expect(seen.ladder.map((rung) => rung.id)).toEqual(rungs.map((rung) => rung.id));
    expect(seen.ladder.filter(({ state }) => state !== 'pass')).toEqual([]);
    expect(seen.nodes).toHaveLength(1);
    expect(seen.nodes[0]).toMatchObject({ name: 'hearth-guest', ready: true, thisOne: true, version: versions.k3s, addresses: ['10.0.2.15'], virtualMachines: 0 });
    expect(seen.nodes[0]?.memory).toBeGreaterThan(7 * 2 ** 30);
    expect(seen.certificates.map(({ name }) => name)).toHaveLength(3);
    for (const { days } of seen.certificates) expect(days).toBeGreaterThan(300);
    expect(seen.disk?.free).toBeGreaterThan(20 * 2 ** 30);
    expect(seen).toMatchObject({ datastore: { kind: 'sqlite' }, backups: [] });
    expect(seen.upgrades.map(({ part, to }) => `${part} ${to}`)).toEqual(expect.arrayContaining([`k3s ${later.k3s}`, `cdi ${later.cdi}`]));
    expect(seen.taskId).toBeUndefined();
    expect(seen.problem).toBeUndefined();
  }); // prettier-ignore

  test('a second install changes nothing', async () => {
    keepLogs();
    const ledger = await whole.guest.get('/var/lib/hearth/ledger');
    const run = await whole.done((all) => all.install({ place: whole.place, settings, sudo: whole.sudo }, context()));
    tellTimes('install again', run);
    expect(await whole.guest.get('/var/lib/hearth/ledger')).toBe(ledger);
    expect((await unitState(whole.guest, 'k3s')).restarts).toBe(0);
  });

  test('it stops, is seen to have stopped, starts and restarts', async () => {
    keepLogs();
    tellTimes('stop', await act('stop'));
    expect(await unitState(whole.guest, 'k3s')).toMatchObject({ active: 'inactive' });
    expect((await whole.guest.run(['pgrep', '-f', '[c]ontainerd-shim'])).code).toBe(1);
    await whole.seen('it has stopped', ({ state }) => state === 'stopped');
    tellTimes('start', await act('start'));
    await whole.seen('it runs', ({ state }) => up(state));
    tellTimes('restart', await act('restart'));
    expect(await kube('get', '--raw', '/readyz')).toBe('ok');
  });

  test('what a backup holds comes back', async () => {
    keepLogs();
    await kube('create', 'configmap', 'kept', '--from-literal=a=b');
    tellTimes('backup', await act('backup'));
    const { backups } = await whole.seen('the backup is listed', (each) => each.backups.length === 1);
    const [backup] = backups;
    expect(backup).toMatchObject({ reason: 'By hand' });
    expect(backup?.size).toBeGreaterThan(1000);
    await kube('delete', 'configmap', 'kept');
    const run = await whole.done((all) => all.restore({ ...on(), backup: backup?.name ?? '' }, context()));
    tellTimes('restore', run);
    expect(await kube('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b');
    const after = await whole.seen('two backups', (each) => each.backups.length === 2);
    expect(after.backups[0]).toMatchObject({ reason: `Before the restore of ${backup?.name}` });
  });

  test('k3s and CDI are upgraded, with a backup first; a step that is not offered is refused', async () => {
    keepLogs();
    const upgrade = (part: 'k3s' | 'cdi', to: string) =>
      whole.ended((all) => all.upgrade({ ...on(), part, to }, context()));
    expect((await upgrade('k3s', 'v1.34.10+k3s1')).task.problem?.code).toBe('upgrade-not-allowed');
    for (const [part, to] of [['k3s', later.k3s], ['cdi', later.cdi]] as const) {
      const run = await upgrade(part, to);
      expect(run.task).toMatchObject({ state: 'done' });
      tellTimes(`upgrade ${part}`, run);
    }
    const seen = await whole.seen('the new versions', (each) => up(each.state) && each.versions.k3s === later.k3s);
    expect(seen.versions).toEqual({ k3s: later.k3s, kubevirt: versions.kubevirt, cdi: later.cdi });
    expect(seen.backups.filter(({ reason, size }) => /^Before (k3s|cdi)/.test(reason) && size > 1000)).toHaveLength(2);
    expect(await kube('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b');
  }); // prettier-ignore

  test('an upgrade that never becomes ready is rolled back', async () => {
    keepLogs();
    await behave(whole.guest, { version: later.k3sAfter, exitAtStart: ['level=fatal msg="stand-in: this release does not start"'] }); // prettier-ignore
    const run = await whole.ended((all) => all.upgrade({ ...on(), part: 'k3s', to: later.k3sAfter }, context()));
    tellTimes('upgrade rolled back', run);
    expect(run.task).toMatchObject({ state: 'failed', problem: { code: 'upgrade-rolled-back' } });
    expect(run.task.problem?.output?.join('\n')).toContain('this release does not start');
    const seen = await whole.seen('the old version runs', (each) => up(each.state));
    expect(seen.versions.k3s).toBe(later.k3s);
    expect(await kube('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b');
    expect(await whole.guest.exec(['/usr/local/bin/k3s', '--version'])).toContain(later.k3s);
    await behave(whole.guest);
  });

  test('certificates and network settings are renewed', async () => {
    keepLogs();
    tellTimes('renew-certificates', await act('renew-certificates'));
    await whole.guest.script('printf "nameserver 10.0.2.3\\nnameserver 192.0.2.53\\n" >/etc/resolv.conf');
    tellTimes('refresh-network', await act('refresh-network'));
    expect(await whole.guest.get('/etc/rancher/k3s/resolv.conf')).toContain('192.0.2.53');
    await whole.guest.script('printf "nameserver 10.0.2.3\\n" >/etc/resolv.conf');
    await whole.seen('it runs', ({ state }) => up(state));
  });

  test('its plan of removal names what is in it, and it is gone without a trace but the disks', async () => {
    keepLogs();
    await whole.guest.script('mkdir /var/lib/hearth/volumes/pvc-1; echo data >/var/lib/hearth/volumes/pvc-1/disk.img');
    const { appliances, registry } = await whole.session();
    const preview = await appliances.uninstallPreview({ id }, context());
    expect(preview.unknown).toBeUndefined();
    expect(preview.undo.length).toBeGreaterThan(30);
    const run = await whole.done((all) => all.uninstall({ ...on(), machines: 0, keepDisks: true }, context()));
    tellTimes('uninstall', run);
    const left = differences(before, await fingerprint(whole.guest));
    expect(left.length).toBeGreaterThan(0);
    expect(left.filter((line) => !/ \/var\/lib\/hearth(-kept)?(\/|$| )/.test(`${line} `))).toEqual([]);
    expect(left.some((line) => line.includes('disk.img'))).toBe(true);
    expect(registry.entries.some((each) => each.id === id)).toBe(false);
    await expect(stat(kubeconfig())).rejects.toThrow(/ENOENT/);
    await whole.guest.script('rm -rf /var/lib/hearth /var/lib/hearth-kept');
    expect(differences(before, await fingerprint(whole.guest))).toEqual([]);
  });
});
