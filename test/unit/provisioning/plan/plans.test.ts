import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Plan, RootAction, RootStep } from '../../../../provisioning/plan.ts';
import { backupPlan, dropBackupPlan, isBackupName, restorePlan } from '../../../../provisioning/plans/backup.ts';
import { installPlan } from '../../../../provisioning/plans/install.ts';
import { addressTowards, checkJoin, joinPlan } from '../../../../provisioning/plans/join.ts';
import {
  refreshNetworkPlan,
  renewCertificatesPlan,
  restartPlan,
  startPlan,
  stopPlan,
  tokenPlan,
} from '../../../../provisioning/plans/run.ts';
import { rollBackPlan, upgradePlan } from '../../../../provisioning/plans/upgrade.ts';
import { planText } from '../../../../provisioning/wire.ts';
import { facts, lan, settings } from './given.ts';

const GiB = 2 ** 30;
const fileOf = () => ({ sha256: 'a'.repeat(64), size: 1 });
const pool = settings({ storage: 'pool-file', poolSize: 50 * GiB });
const joined = { server: 'https://192.168.1.20:6443', token: `K10${'a'.repeat(64)}::abcdef.0123456789abcdef`, settings: lan({ nodeName: 'second' }), facts: facts() }; // prettier-ignore
const change = { part: 'k3s', from: 'v1.36.2+k3s1', to: 'v1.36.3+k3s1', settings: settings({ versions: { k3s: 'v1.36.2+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0' } }), facts: facts(), backup: 'before-k3s' } as const; // prettier-ignore
const older = { ...change, part: 'kubevirt', from: 'v1.8.4', to: 'v1.9.0', settings: settings({ versions: { k3s: 'v1.35.7+k3s1', kubevirt: 'v1.8.4', cdi: 'v1.66.0' } }) } as const; // prettier-ignore

const plans: [string, () => Plan][] = [
  ['install', () => installPlan(settings(), facts())],
  ['install lan', () => installPlan(lan({ etcd: true }), facts({ firewall: 'ufw', readOnlyUsrLocal: true, kvmGroup: 'not-member' }))],
  ['install pool', () => installPlan(pool, facts())],
  ['install disk', () => installPlan(settings({ storage: 'pool-disk', poolDisk: '/dev/disk/by-id/ata-Empty_1' }), facts())],
  ['start', () => startPlan(1000)],
  ['stop', () => stopPlan()],
  ['restart', () => restartPlan(1000)],
  ['renew', () => renewCertificatesPlan(1000)],
  ['network', () => refreshNetworkPlan(settings(), facts())],
  ['token', () => tokenPlan(24)],
  ['backup', () => backupPlan('by-hand')],
  ['restore', () => restorePlan('by-hand', 1000)],
  ['drop', () => dropBackupPlan('by-hand')],
  ['join', () => joinPlan(joined)],
  ['upgrade k3s', () => upgradePlan(change)],
  ['upgrade kubevirt', () => upgradePlan(older)],
  ['roll back', () => rollBackPlan(change)],
]; // prettier-ignore

const at = (steps: readonly RootStep[], test: (action: RootAction) => boolean): number[] =>
  steps.flatMap(({ action }, index) => (test(action) ? [index] : []));
const first = (steps: readonly RootStep[], test: (action: RootAction) => boolean): number => at(steps, test)[0] ?? -1;

describe.each(plans)('%s', (_name, make) => {
  it('is the same every time, to the byte, and goes over the wire', () => {
    const [a, b] = [make(), make()];
    expect(a).toEqual(b);
    expect(planText(a.purpose, a.root, fileOf)).toBe(planText(b.purpose, b.root, fileOf));
  });
  it('fetches what it places and applies, and nothing twice', () => {
    const plan = make();
    const names = plan.downloads.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const needed = [
      ...plan.root.flatMap(({ action }) => (action.kind === 'file' && action.content.from === 'download' ? [action.content.name] : [])),
      ...plan.cluster.flatMap(({ action }) => (action.kind === 'apply-download' ? [action.name] : [])),
    ];
    expect([...needed].sort()).toEqual([...names].sort());
  }); // prettier-ignore
  it('has one id a step, folders before files, services after their files', () => {
    const { root, cluster } = make();
    const ids = root.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(cluster.map(({ id }) => id)).size).toBe(cluster.length);
    for (const [index, { action }] of root.entries()) {
      if (action.kind === 'file') {
        // Whatever is claimed or made as a folder above a file comes before the file.
        for (const [later, other] of root.entries())
          if ((other.action.kind === 'claim' || other.action.kind === 'dir') && action.path.startsWith(`${other.action.path}/`)) expect(later).toBeLessThan(index);
      }
      if (action.kind === 'enable' || action.kind === 'start' || action.kind === 'restart') {
        const unit = `/etc/systemd/system/${action.unit}.service`;
        for (const file of at(root, (other) => other.kind === 'file' && other.path.startsWith(unit))) expect(file).toBeLessThan(index);
      }
      if (action.kind === 'wait-unit') expect(first(root, (other) => (other.kind === 'start' || other.kind === 'restart') && other.unit === action.unit)).toBeLessThan(index);
    }
  }); // prettier-ignore
  it('says in words what it does', () => {
    const { words } = make();
    expect(words.summary).toMatch(/^[A-Z].*\.$/);
    expect(words.seconds).toBeGreaterThan(0);
    for (const { text } of words.notes) expect(text).toMatch(/\.$/);
  });
});

describe('every step of every plan', () => {
  // The helper's own checks, without what comes after them: nothing is run, no step is done.
  const whole = readFileSync(new URL('../../../../provisioning/root-helper.sh', import.meta.url), 'utf8');
  const [checks = '', rest] = whole.split('\n# --- Reading the plan');
  it('passes the checks of the root helper', () => {
    expect(rest).toBeDefined();
    const extra = [
      installPlan(lan({ ca: 'PEM', mirror: 'http://mirror.lan', storage: 'pool-file', poolSize: 2 ** 35 }), facts({ readOnlyUsrLocal: true })),
      installPlan(settings({ volumes: '/mnt/big-disk/hearth-volumes' }), facts({ arch: 'arm64', firewall: 'firewalld' })),
    ]; // prettier-ignore
    const lines = [...plans.map(([, make]) => make()), ...extra].flatMap(({ purpose, root }) =>
      planText(purpose, root, fileOf).split('\n').filter((line) => line.startsWith('step\t')),
    ); // prettier-ignore
    const ask = `while IFS= read -r line; do
  IFS=$TAB; set -- $line; IFS=$SPACES; shift 2
  step_valid "$@" || printf 'refused: %s\\n' "$line" >&3
done <<'STEPS'
${[...new Set(lines)].join('\n')}
STEPS
printf 'asked\\n' >&3
`;
    const { stdout } = spawnSync('sh', ['-s'], { input: `${checks}\n${ask}`, encoding: 'utf8', timeout: 60_000 });
    expect(stdout.trim().split('\n')).toEqual(['asked']);
  });
});

describe('the install', () => {
  const { root, cluster, words } = installPlan(pool, facts({ firewall: 'firewalld' }));
  it('is in the order that works', () => {
    const order = [
      first(root, ({ kind }) => kind === 'modules'),
      first(root, ({ kind }) => kind === 'sysctl'),
      first(root, ({ kind }) => kind === 'claim'),
      first(root, ({ kind }) => kind === 'pool-file'),
      first(root, (action) => action.kind === 'start' && action.unit === 'hearth-net'),
      first(root, ({ kind }) => kind === 'firewall'),
      first(root, (action) => action.kind === 'file' && action.path === '/usr/local/bin/k3s'),
      first(root, (action) => action.kind === 'enable' && action.unit === 'k3s'),
      first(root, (action) => action.kind === 'start' && action.unit === 'k3s'),
      first(root, ({ kind }) => kind === 'wait-unit'),
      first(root, ({ kind }) => kind === 'handover'),
    ];
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    // Every file is in place when k3s starts.
    const start = first(root, (action) => action.kind === 'start' && action.unit === 'k3s');
    expect(at(root, ({ kind }) => kind === 'file').every((index) => index < start)).toBe(true);
    expect(cluster.at(-1)?.action).toEqual({ kind: 'rung', rung: 'smoke' });
  });
  it('tells memory, kernel settings, risks and what is not pinned', () => {
    expect(words.memory).toBe(2_500_000_000);
    const told = words.notes.map(({ text }) => text).join('\n');
    for (const word of ['vm.overcommit_memory=1', 'thin pool', "release's own list", 'publish no checksums'])
      expect(told).toContain(word);
    expect(words.files.find(({ path }) => path.endsWith('/config.yaml'))?.size).toBeGreaterThan(500);
    expect(words.disk).toBeGreaterThan(words.download);
  });
  it('leaves others what they have', () => {
    const claimed = (present: string[]) => installPlan(settings(), facts({ present })).root.flatMap(({ action }) => (action.kind === 'claim' ? [action.path] : [])); // prettier-ignore
    expect(claimed([])).toContain('/var/lib/cni');
    expect(claimed(['/var/lib/cni'])).not.toContain('/var/lib/cni');
    expect(claimed(['/var/lib/cni'])).toContain('/var/lib/rancher/k3s');
  });
  it('warns where a machine will not do', () => {
    const told = installPlan(
      lan({ accelerator: 'tcg' }),
      facts({
        memory: 6 * GiB,
        firewall: 'ufw',
        libvirtProfile: 'libvirtd',
        selinux: { enforcing: true, policy: false },
      }),
    )
      .words.notes // prettier-ignore
      .filter(({ tone }) => tone === 'warning')
      .map(({ text }) => text)
      .join('\n');
    for (const word of ['6.0 GiB', 'in software', 'libvirtd', 'k3s-selinux', '6443', 'DHCP'])
      expect(told).toContain(word);
  });
});

describe('later plans', () => {
  it('back up before an upgrade, and replace images of the same name', () => {
    const { root } = upgradePlan(change);
    expect(root.map(({ action }) => action.kind)).toEqual([
      'backup',
      'file',
      'file',
      'restart',
      'wait-unit',
      'handover',
    ]);
    const paths = ({ root }: Plan) => root.flatMap(({ action }) => (action.kind === 'file' ? [action.path] : []));
    expect(paths(rollBackPlan(change))).toEqual(paths(upgradePlan(change)));
    expect(rollBackPlan(change).root.map(({ action }) => action.kind)).toEqual(['stop', 'file', 'file', 'restore', 'start', 'wait-unit', 'handover']); // prettier-ignore
    const installed = new Set(paths(installPlan(settings(), facts())));
    expect(paths(upgradePlan(change)).every((path) => installed.has(path))).toBe(true);
  });
  it('upgrade KubeVirt by its operator, without touching k3s', () => {
    const plan = upgradePlan(older);
    expect(plan.downloads[0]?.name).toBe('kubevirt-operator-v1.9.0');
    expect(plan.cluster.map(({ id }) => id)).toEqual(['kubevirt-operator', 'kubevirt-operator-replicas', 'kubevirt', 'rung-kubevirt', 'rung-devices']); // prettier-ignore
    expect(JSON.stringify(plan.root)).not.toContain('/bin/k3s');
  });
  it('refuse a step that is not allowed', () => {
    expect(() => upgradePlan({ ...change, from: change.to, to: 'v1.35.7+k3s1' })).toThrow(/does not go back/);
    expect(() => upgradePlan({ ...change, to: 'v1.37.1+k3s1' })).toThrow(/supports Kubernetes/);
    expect(() => backupPlan('../x')).toThrow(RangeError);
  });
  it('stop ends machines and says so; refresh changes only what a network changes', () => {
    expect(stopPlan().root.map(({ action }) => action.kind)).toEqual(['stop', 'kill-pods']);
    expect(stopPlan().words.notes[0]?.text).toMatch(/pulling the plug/);
    const { root, cluster } = refreshNetworkPlan(settings({ dns: ['9.9.9.9'] }), facts());
    expect(root.map(({ id }) => id)).toEqual(['resolv-conf', 'k3s-config', 'k3s-restart', 'k3s-wait', 'handover']);
    expect(JSON.stringify(cluster)).toContain('"hearth.local/name-servers":"9.9.9.9"');
  });
  it('join with a token in a file of root, and never the key to everything', () => {
    const token = joinPlan(joined).root.find(({ id }) => id === 'join-token')?.action;
    expect(token).toMatchObject({ kind: 'file', mode: '0600', path: '/etc/rancher/k3s/agent-token' });
    expect(joinPlan(joined).root.some(({ action }) => action.kind === 'handover')).toBe(false);
    expect(checkJoin({ ...joined, token: `K10${'a'.repeat(64)}::server:secret` })).toHaveProperty('token');
    expect(checkJoin({ ...joined, token: 'a\nb' })).toHaveProperty('token');
    expect(checkJoin({ ...joined, server: 'http://x:6443' })).toHaveProperty('server');
    expect(checkJoin({ ...joined, settings: settings() })).toHaveProperty('mode');
    expect(() => joinPlan({ ...joined, token: 'short' })).toThrow(RangeError);
  });
  it('a machine that joins takes the address that the server is reached from', () => {
    const machine = {
      addresses: [
        { interface: 'lo', address: '127.0.0.1', prefix: 8 },
        { interface: 'eth0', address: '10.0.2.15', prefix: 24 },
        { interface: 'eth1', address: '10.77.0.17', prefix: 24 },
        { interface: 'wg0', address: '100.64.0.2', prefix: 32 },
      ],
      defaultRoute: { interface: 'eth0', gateway: '10.0.2.2' },
      routes: [{ destination: '10.99.0.0/16', interface: 'wg0' }],
    };
    const towards = (server: string): string | undefined => addressTowards(server, machine);
    expect(towards('https://10.77.0.16:6443')).toBe('10.77.0.17');
    expect(towards('https://10.99.3.4:6443')).toBe('100.64.0.2');
    expect(towards('https://192.168.1.20:6443')).toBe('10.0.2.15');
    expect(towards('https://attic.lan:6443')).toBe('10.0.2.15');
    expect(addressTowards('https://192.168.1.20:6443', { ...machine, defaultRoute: undefined })).toBeUndefined();
  });
  it('names of backups become file names', () => {
    expect(['by-hand-20261121-021400', 'before-k3s-v1.36.4-k3s1', 'a'].every(isBackupName)).toBe(true);
    expect(['', '.', '..', 'a..b', 'a/b', 'A', '-a', 'a.', 'a b', 'a'.repeat(81)].some(isBackupName)).toBe(false);
  });
});
