import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { ApplianceSettings } from '../../main/contract/appliance.ts';
import { parseLedger } from '../../provisioning/ledger.ts';
import { brokenRun, breaks, seeded } from '../support/appliance/break-offs.ts';
import { kubectl, unitState, until } from '../support/appliance/by-hand.ts';
import { noGuestReason } from '../support/appliance/guest-image.ts';
import { differences, fingerprint } from '../support/appliance/helper.ts';
import { Whole } from '../support/appliance/whole.ts';

const logs = join(import.meta.dirname, '../../out/appliance-logs');
/** How often each install is broken off. */
const times = Number(process.env['HEARTH_BREAK_OFFS'] ?? 6);
const seed = Number(process.env['HEARTH_TEST_SEED'] ?? 20261121);
/** Ways in which a run that was broken off may say so. Anything else is a fault. */
const told = ['connection-lost', 'root-helper-lost', 'root-step-failed', 'ssh-unreachable', 'download-failed', 'target-unreachable', 'rung-unit', 'rung-port', 'rung-readyz', 'cluster-apply-failed', 'cancelled', 'ssh-connect-failed']; // prettier-ignore

/** Files that a plan writes, what is live in the ledger, and the objects at the API: the same however often it was broken off. */
async function state(whole: Whole, kubeconfig: string): Promise<string[]> {
  const { guest } = whole;
  const files = await guest.script(
    'find /etc/rancher/k3s /etc/systemd/system /etc/modules-load.d /etc/sysctl.d /etc/systemd/logind.conf.d /usr/local/bin /var/lib/rancher/k3s/agent/images /var/lib/rancher/k3s/agent/etc/kubelet.conf.d -type f ! -name k3s.yaml -exec stat -c "%a %U %n" {} + -exec sha256sum {} +',
  );
  const ledger = parseLedger(await guest.get('/var/lib/hearth/ledger')).map(({ id, fields, state: word }) => `ledger ${id} ${fields.join(' ')} ${word}`); // prettier-ignore
  const kinds = 'namespaces,nodes,deployments,daemonsets,storageclasses,customresourcedefinitions,kubevirts,cdis,storageprofiles,priorityclasses,serviceaccounts,clusterroles,clusterrolebindings,roles,rolebindings,apiservices,virtualmachines,virtualmachineinstances,datavolumes'; // prettier-ignore
  const objects = await kubectl(kubeconfig, ['get', kinds, '-A', '-o', 'custom-columns=K:.kind,NS:.metadata.namespace,N:.metadata.name', '--no-headers']); // prettier-ignore
  const lines = [...files.split('\n'), ...ledger, ...objects.split('\n')];
  return lines.map((line) => line.replaceAll(/\s+/g, ' ').trim()).filter(Boolean).sort(); // prettier-ignore
}

describe.skipIf(noGuestReason)('runs that are broken off', () => {
  let whole: Whole;
  let settings: ApplianceSettings;
  let before: string[];
  let wanted: string[];
  let kubeconfig = '';
  const random = seeded(seed);
  const keepLogs = () => onTestFailed(() => whole.guest.keepLogs(logs));

  beforeAll(async () => {
    whole = await Whole.open();
    settings = await whole.settings();
    before = await fingerprint(whole.guest);
  }, 900_000);
  afterAll(() => whole?.end());

  /** Breaks it off so often, then lets it end. */
  async function often(what: 'install' | 'uninstall', times: number): Promise<void> {
    const said: string[] = [];
    // Most is said at the beginning, most time goes into the middle: lines of a run, spread over all of it.
    const length = what === 'install' ? 150 : 55;
    // A removal is over with the first run that gets through, and without its helper most of it does.
    const kinds = what === 'install' ? breaks : (['line', 'runner', 'power', 'helper'] as const);
    for (let time = 0; time < times; time += 1) {
      const kind = kinds[what === 'install' ? (time + random(2)) % kinds.length : time] ?? 'runner';
      const line = 2 + random(Math.floor((length * (time + 1)) / times));
      const { end, brokenAt } = await brokenRun(whole, what, settings, { kind, line, after: random(1500) });
      said.push(`${kind} at line ${line} (${brokenAt ?? 'it had ended before'}): ${JSON.stringify(end)}`);
      if (end.state === 'failed') expect(told).toContain(end.problem?.code);
    }
    const last = await brokenRun(whole, what, settings);
    console.error(`appliance: ${what} with seed ${seed}, broken off:\n  ${said.join('\n  ')}`);
    if (last.end.state !== 'done') throw new Error([JSON.stringify(last.end), ...said, ...last.lines.slice(-40)].join('\n')); // prettier-ignore
  }

  test('the state that an undisturbed one ends in', async () => {
    keepLogs();
    const { end, lines } = await brokenRun(whole, 'install', settings);
    if (end.state !== 'done') throw new Error([JSON.stringify(end), ...lines.slice(-40)].join('\n'));
    await whole.closeSession();
    const { registry } = await whole.session();
    kubeconfig = registry.entries.find(({ kind }) => kind === 'appliance')?.kubeconfig ?? '';
    wanted = await state(whole, kubeconfig);
    expect(wanted.length).toBeGreaterThan(100);
  });

  test('an uninstall that is broken off again and again leaves nothing', async () => {
    keepLogs();
    await often('uninstall', 4);
    expect(differences(before, await fingerprint(whole.guest))).toEqual([]);
  });

  test.each([1, 2])('an install that is broken off again and again ends in the same state (%i)', async () => {
    keepLogs();
    await often('install', times);
    expect(differences(wanted, await state(whole, kubeconfig))).toEqual([]);
    expect(await unitState(whole.guest, 'k3s')).toMatchObject({ active: 'active' });
    const { end } = await brokenRun(whole, 'uninstall', settings);
    expect(end).toEqual({ state: 'done' });
    expect(differences(before, await fingerprint(whole.guest))).toEqual([]);
  });

  test('a mirror that breaks off in the middle of files is gone on with where it ended', async () => {
    keepLogs();
    await whole.closeSession();
    await rm(join(whole.dataDir, 'downloads'), { recursive: true, force: true });
    whole.mirror.fault('%2Bk3s1/k3s', { kind: 'drop', at: 100_000 });
    const broken = await brokenRun(whole, 'install', settings);
    expect(broken.end).toMatchObject({ state: 'failed', problem: { code: 'download-failed' } });
    expect((await whole.guest.run(['ls', '/var/lib/hearth'])).code).not.toBe(0);
    whole.mirror.fault('%2Bk3s1/k3s', undefined);
    const asked = whole.mirror.requests.length;
    const { end } = await brokenRun(whole, 'install', settings);
    expect(end).toEqual({ state: 'done' });
    const again = whole.mirror.requests.slice(asked).filter(({ path }) => /\/download\/.*\/k3s$/.test(path));
    expect(again).toMatchObject([{ range: expect.stringMatching(/^bytes=[1-9]/) as string }]);
    await until('the same state', 120, async () => differences(wanted, await state(whole, kubeconfig)).length === 0);
  });
});
