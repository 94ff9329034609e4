import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import type { Appliance, ApplianceAction } from '../../main/contract/appliance.ts';
import { behave } from '../support/appliance/by-hand.ts';
import { noGuestReason } from '../support/appliance/guest-image.ts';
import { Whole, context, tellTimes } from '../support/appliance/whole.ts';

const logs = join(import.meta.dirname, '../../out/appliance-logs');
const trouble = (seen: Appliance, id: string) => seen.troubles.find((each) => each.id === id);
const rung = (seen: Appliance, id: string) => seen.ladder.find((each) => each.id === id);

describe.skipIf(noGuestReason)('an appliance in trouble', () => {
  let whole: Whole;
  let id = '';
  const act = (action: ApplianceAction) =>
    whole.ended((appliances) => appliances.act({ id, sudo: whole.sudo, action }, context()));
  const well = async (): Promise<Appliance> => whole.seen('it runs again', ({ state }) => state === 'running', 300);
  const restartNow = (): Promise<string> => whole.guest.exec(['systemctl', 'restart', '--no-block', 'k3s']);

  beforeAll(async () => {
    whole = await Whole.open();
    const settings = await whole.settings();
    const run = await whole.done(async (all) => {
      const started = await all.install({ place: whole.place, settings, sudo: whole.sudo }, context());
      id = started.id;
      return started;
    });
    tellTimes('install', run);
  }, 1_200_000);
  afterAll(() => whole?.end());
  beforeEach(() => onTestFailed(() => whole.guest.keepLogs(logs)));

  test('a k3s that starts for ever is said to be starting', async () => {
    await behave(whole.guest, { neverReady: true });
    await restartNow();
    const seen = await whole.seen('it starts', ({ state }) => state === 'starting');
    expect(rung(seen, 'unit')?.state).not.toBe('pass');
    expect(rung(seen, 'readyz')?.state).toBe('unknown');
    await behave(whole.guest);
    await restartNow();
    await well();
  });

  test('a k3s that crashes: cause and cure from its journal, in what pages see and in the task', async () => {
    const line = 'time="2026-11-21T03:00:00Z" level=fatal msg="Error: failed to start networking: flannel exited: failed to find interface with specified node ip"'; // prettier-ignore
    await behave(whole.guest, { exitAtStart: [line] });
    const run = await act('restart');
    tellTimes('restart that fails', run);
    expect(run.task).toMatchObject({ state: 'failed', problem: { code: 'root-step-failed' } });
    expect(run.task.problem?.detail).toContain('The address of the node is on no interface');
    expect(run.task.problem?.fix).toContain('Refresh the network');
    expect(run.task.problem?.output?.join('\n')).toContain('failed to find interface');
    const seen = await whole.seen('it is recognised', (each) => trouble(each, 'address-gone') !== undefined);
    expect(seen.state).not.toBe('running');
    expect(trouble(seen, 'address-gone')).toMatchObject({ action: 'refresh-network' });
    expect(trouble(seen, 'address-gone')?.evidence.join('\n')).toContain('failed to find interface with specified node ip');
    await behave(whole.guest);
    expect((await act('refresh-network')).task.state).toBe('done');
    expect(trouble(await well(), 'address-gone')).toBeUndefined();
  }); // prettier-ignore

  test('a check of the API server that fails is named', async () => {
    await behave(whole.guest, { failingChecks: ['poststarthook/rbac/bootstrap-roles'] });
    const seen = await whole.seen('readyz does not pass', (each) => rung(each, 'readyz')?.state !== 'pass');
    expect(rung(seen, 'readyz')?.detail).toContain('rbac/bootstrap-roles');
    expect(seen.state).not.toBe('running');
    await behave(whole.guest);
    await well();
  });

  test('certificates that have expired are told, and renewed by the button', async () => {
    await behave(whole.guest, { expiredCertificates: true });
    await restartNow();
    const seen = await whole.seen('they have expired', (each) => trouble(each, 'certificate-expired') !== undefined);
    expect(trouble(seen, 'certificate-expired')).toMatchObject({ action: 'renew-certificates' });
    expect(seen.certificates.find(({ name }) => name === 'API server')?.days).toBeLessThan(0);
    expect(seen.state).not.toBe('running');
    await behave(whole.guest);
    const run = await act('renew-certificates');
    expect(run.task).toMatchObject({ state: 'done' });
    const cured = await well();
    expect(trouble(cured, 'certificate-expired')).toBeUndefined();
    for (const { days } of cured.certificates) expect(days).toBeGreaterThan(300);
  });

  test('a disk without room is told', async () => {
    await behave(whole.guest, { taints: ['node.kubernetes.io/disk-pressure'] });
    const seen = await whole.seen('it is told', (each) => trouble(each, 'disk-pressure') !== undefined);
    expect(trouble(seen, 'disk-pressure')?.fix).toContain('Make room');
    expect(seen.nodes[0]?.conditions.join(' ')).toContain('DiskPressure');
    await behave(whole.guest);
    await whole.seen('it is over', (each) => trouble(each, 'disk-pressure') === undefined);
  });

  test('a changed address is told, and the node takes the new one', async () => {
    await whole.guest.script('ip address add 10.0.2.77/24 dev eth0; ip address del 10.0.2.15/24 dev eth0; ip route replace default via 10.0.2.2'); // prettier-ignore
    const seen = await whole.seen('it is told', (each) => trouble(each, 'node-address-gone') !== undefined);
    expect(trouble(seen, 'node-address-gone')).toMatchObject({ action: 'refresh-network' });
    expect(trouble(seen, 'node-address-gone')?.evidence.join(' ')).toMatch(/10\.0\.2\.15.*10\.0\.2\.77/);
    const run = await act('refresh-network');
    expect(run.task).toMatchObject({ state: 'done' });
    const cured = await whole.seen('it has the new one', ({ nodes, state }) => state === 'running' && nodes[0]?.addresses[0] === '10.0.2.77'); // prettier-ignore
    expect(trouble(cured, 'node-address-gone')).toBeUndefined();
    expect(cured.settings.address).toBe('10.0.2.77');
  });

  test('a clock that jumped is told', async () => {
    await whole.guest.setClock(new Date(Date.now() + 3 * 86_400_000));
    const seen = await whole.seen('it is told', (each) => trouble(each, 'clock-wrong') !== undefined);
    expect(trouble(seen, 'clock-wrong')?.evidence[0]).toMatch(/^2591\d\d seconds before|^2592\d\d seconds before/);
    await whole.guest.setClock(new Date());
    await whole.seen('it is over', (each) => trouble(each, 'clock-wrong') === undefined);
  });
});
