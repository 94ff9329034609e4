import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { PlanFacts } from '../../../provisioning/facts.ts';
import { installPlan } from '../../../provisioning/plans/install.ts';
import { poolRootSteps } from '../../../provisioning/plans/steps.ts';
import { k3sDownload } from '../../../provisioning/downloads.ts';
import type { ApplianceSettings } from '../../../provisioning/settings.ts';
import { kubeconfigHere, kubectl, unitState } from '../../support/appliance/by-hand.ts';
import { Guest } from '../../support/appliance/guest.ts';
import { noGuestReason, recipe } from '../../support/appliance/guest-image.ts';
import { applyPlan, differences, fingerprint, runHelper } from '../../support/appliance/helper.ts';
import type { HelperRun } from '../../support/appliance/helper.ts';
import { k3sProgram } from '../../support/appliance/stand-in-program.ts';

const GiB = 2 ** 30;
const logs = join(import.meta.dirname, '../../../node_modules/.cache/appliance-logs');
// A release whose program is not pinned to the real one's digest.
const versions = { k3s: 'v1.36.2+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0' };
const settings: ApplianceSettings = {
  mode: 'solo',
  nodeName: 'box',
  tlsNames: ['box.lan'],
  clusterCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  volumes: '/var/lib/hearth/volumes',
  storage: 'local-path',
  etcd: false,
  accelerator: 'tcg',
  versions,
  dns: [],
};
const facts: PlanFacts = {
  arch: 'amd64',
  user: recipe.user.name,
  uid: 1000,
  hostName: 'hearth-guest',
  addresses: [{ interface: 'eth0', address: '10.0.2.15', prefix: 24 }],
  defaultRoute: { interface: 'eth0', gateway: '10.0.2.2' },
  routes: [],
  inotify: { instances: 128, watches: 60_000 },
  dns: { servers: ['10.0.2.3'], usable: true },
  networkManager: false,
  kvmGroup: 'member',
  modules: [],
  readOnlyUsrLocal: false,
  badIptables: false,
  selinux: { enforcing: false, policy: false },
  memory: 8 * GiB,
  cpus: recipe.cpus,
  disk: { free: 38 * GiB, total: 40 * GiB, fsType: 'ext4' },
  disks: [],
  lvm: true,
  present: [],
};

/** It ended with 0; what it said is in the failure. */
const succeeded = (run: HelperRun): void =>
  expect({ code: run.code, said: run.code === 0 ? '' : run.text }).toEqual({ code: 0, said: '' });

describe.skipIf(noGuestReason)('the root helper on a real system', () => {
  let guest: Guest;
  let before: string[];
  const plan = installPlan(settings, facts);
  const apply = async () =>
    applyPlan(guest, 'install', plan.root, new Map([[k3sDownload(versions.k3s, 'amd64'), await k3sProgram(versions.k3s)]])); // prettier-ignore
  const keepLogs = () => onTestFailed(() => guest.keepLogs(logs));
  beforeAll(async () => {
    guest = await Guest.start();
    before = await fingerprint(guest);
  }, 600_000);
  afterAll(() => guest?.end());

  test('installs: every step of the plan is done and true', async () => {
    keepLogs();
    const run = await apply();
    succeeded(run);
    expect(run.events.at(-1)).toEqual({ event: 'end', ok: true });
    expect(await unitState(guest, 'k3s')).toMatchObject({ active: 'active', restarts: 0 });
    expect((await guest.exec(['systemctl', 'is-enabled', 'k3s'])).trim()).toBe('enabled');
    expect((await guest.get('/proc/sys/fs/inotify/max_user_instances')).trim()).toBe('8192');
    expect(await guest.get('/proc/modules')).toMatch(/^br_netfilter /m);
    expect(await guest.exec(['ip', '-br', 'address', 'show', 'hl0'])).toContain('10.254.254.1/32');
    expect((await guest.exec(['stat', '-c', '%a %U', '/var/lib/hearth/handover/1000/kubeconfig'])).trim()).toBe('600 ada'); // prettier-ignore
    expect(await kubectl(await kubeconfigHere(guest), ['get', 'node', '-o', 'name'])).toBe('node/box');
  });

  test('does nothing a second time', async () => {
    keepLogs();
    const run = await apply();
    succeeded(run);
    // Waiting is done whenever a plan says so; it changes nothing.
    const { 'k3s-wait': waited, ...rest } = run.steps;
    expect(waited).toBe('done');
    expect(Object.entries(rest).filter(([, state]) => state !== 'skipped')).toEqual([]);
  });

  test('comes back after a power cut, and knows what it did', async () => {
    keepLogs();
    await guest.powerCut();
    const run = await apply();
    succeeded(run);
    expect(await unitState(guest, 'k3s')).toMatchObject({ active: 'active' });
  });

  test('removes exactly what it made, with what k3s and its containers left', async () => {
    keepLogs();
    const run = await runHelper(guest, ['remove']);
    succeeded(run);
    expect(differences(before, await fingerprint(guest))).toEqual([]);
    expect((await guest.run(['pgrep', '-f', '[c]ontainerd-shim'])).code).toBe(1);
    expect(await guest.get('/proc/mounts')).not.toContain('/var/lib/kubelet');
  });
});

describe.skipIf(noGuestReason)('storage pools of the root helper', () => {
  let guest: Guest;
  const where = { file: 'pool-file', disk: 'pool-disk' } as const;
  beforeAll(async () => {
    guest = await Guest.start();
  }, 600_000);
  afterAll(() => guest?.end());

  test('makes a thin pool in a file, attaches it at the next boot, and takes it away', async () => {
    onTestFailed(() => guest.keepLogs(logs));
    const before = await fingerprint(guest);
    const steps = poolRootSteps({ ...settings, storage: where.file, poolSize: 10 * GiB }, facts);
    const run = await applyPlan(guest, 'install', steps);
    succeeded(run);
    const pool = () => guest.exec(['lvs', '--noheadings', '-o', 'lv_name,segtype', 'hearth']);
    expect((await pool()).trim().split(/\s+/)).toEqual(['pool', 'thin-pool']);
    await guest.script('lvcreate -q -V 64M --thin -n disk hearth/pool; mkfs.ext4 -q /dev/hearth/disk; sync');
    await guest.reboot();
    await guest.exec(['fsck.ext4', '-n', '/dev/hearth/disk']);
    await guest.exec(['lvremove', '-qfy', 'hearth/disk']);
    const gone = await runHelper(guest, ['remove']);
    succeeded(gone);
    expect(differences(before, await fingerprint(guest))).toEqual([]);
  });

  test('makes one on an empty disk, and refuses a disk that holds anything', async () => {
    onTestFailed(() => guest.keepLogs(logs));
    const spare = '/dev/disk/by-id/virtio-hearth-spare';
    const steps = poolRootSteps({ ...settings, storage: where.disk, poolDisk: spare }, facts);
    await guest.exec(['mkfs.ext4', '-q', '-F', spare]);
    const refused = await applyPlan(guest, 'install', steps);
    expect(refused.code).not.toBe(0);
    expect((await guest.exec(['blkid', '-o', 'value', '-s', 'TYPE', spare])).trim()).toBe('ext4');
    await guest.exec(['wipefs', '-qa', spare]);
    const run = await applyPlan(guest, 'install', steps);
    succeeded(run);
    expect(await guest.exec(['pvs', '--noheadings', '-o', 'pv_name,vg_name'])).toMatch(/\/dev\/vdb\s+hearth/);
    const gone = await runHelper(guest, ['remove']);
    succeeded(gone);
    expect(await guest.exec(['vgs', '--noheadings'])).toBe('');
    expect((await guest.run(['blkid', '-p', spare])).code).toBe(2);
  });
});
