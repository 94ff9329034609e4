import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { kubectl, until } from '../support/appliance/by-hand.ts';
import { noGuestReason } from '../support/appliance/guest-image.ts';
import { differences, fingerprint } from '../support/appliance/helper.ts';
import { Whole, context, tellTimes } from '../support/appliance/whole.ts';

const GiB = 2 ** 30;
const logs = join(import.meta.dirname, '../../out/appliance-logs');

// Volume group, thin pool and their service are real; TopoLVM itself does not run in the stand-in for k3s.
describe.skipIf(noGuestReason)('an appliance with a storage pool, on a computer that changes networks', () => {
  let whole: Whole;
  let before: string[];
  let id = '';
  const pool = async (): Promise<string[]> =>
    (await whole.guest.exec(['lvs', '--noheadings', '-o', 'lv_name,segtype', 'hearth'])).trim().split(/\s+/);

  beforeAll(async () => {
    whole = await Whole.open();
    whole.mirror.serveSnapshotter('v8.5.0');
    before = await fingerprint(whole.guest);
  }, 900_000);
  afterAll(() => whole?.end());
  beforeEach(() => onTestFailed(() => whole.guest.keepLogs(logs)));

  test('the pool is made on the way, and k3s has the address that no network takes away', async () => {
    const settings = await whole.settings({ mode: 'solo', address: undefined, storage: 'pool-file', poolSize: 10 * GiB });
    const run = await whole.done(async (all) => {
      const started = await all.install({ place: whole.place, settings, sudo: whole.sudo }, context());
      id = started.id;
      return started;
    });
    tellTimes('install with a pool', run);
    expect(await pool()).toEqual(['pool', 'thin-pool']);
    const seen = await whole.seen('it runs', ({ state }) => state === 'running');
    expect(seen.nodes[0]?.addresses).toEqual(['10.254.254.1']);
    expect(seen.ladder.find((rung) => rung.id === 'storage')?.state).toBe('pass');
  }); // prettier-ignore

  test('both outlive a restart of the machine without its network', async () => {
    await whole.guest.script('lvcreate -q -V 64M --thin -n disk hearth/pool; mkfs.ext4 -q /dev/hearth/disk; sync');
    await whole.guest.cable(false);
    await whole.guest.reboot();
    await until('the disk is there', 120, () => whole.guest.exec(['fsck.ext4', '-n', '/dev/hearth/disk']));
    const kubeconfig = (await whole.session()).registry.entries.find((each) => each.id === id)?.kubeconfig ?? '';
    await until('k3s is up', 240, async () => (await kubectl(kubeconfig, ['get', '--raw', '/readyz'])) === 'ok');
    const seen = await whole.seen('it runs', ({ state }) => state === 'running', 300);
    expect(seen.nodes[0]).toMatchObject({ ready: true, addresses: ['10.254.254.1'] });
    expect(await pool()).toContain('thin-pool');
    await whole.guest.cable(true);
  });

  test('the uninstall takes pool, interface and everything else away', async () => {
    await whole.guest.exec(['lvremove', '-qfy', 'hearth/disk']);
    const run = await whole.done((all) => all.uninstall({ id, sudo: whole.sudo, machines: 0, keepDisks: false }, context())); // prettier-ignore
    tellTimes('uninstall with a pool', run);
    expect(run.task.steps.find(({ title }) => title === 'Undo every change on the machine')?.detail).toBe(
      'The machine is as it was before.',
    );
    expect(differences(before, await fingerprint(whole.guest))).toEqual([]);
  });
});
