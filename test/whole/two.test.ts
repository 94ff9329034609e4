import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { applianceId } from '../../main/backend/provision/record.ts';
import type { Place } from '../../main/contract/appliance.ts';
import { kubectl, unitState, until } from '../support/appliance/by-hand.ts';
import { noGuestReason } from '../support/appliance/guest-image.ts';
import { Guest } from '../support/appliance/guest.ts';
import { differences, fingerprint } from '../support/appliance/helper.ts';
import { recipe } from '../support/appliance/image/recipe.ts';
import { Whole, context, ownAddress, tellTimes } from '../support/appliance/whole.ts';

const logs = join(import.meta.dirname, '../../out/appliance-logs');
const server = '10.77.0.16';
const agent = '10.77.0.17';

describe.skipIf(noGuestReason)('two computers on one network', () => {
  let whole: Whole;
  let other: Guest;
  let node: Extract<Place, { type: 'ssh' }>;
  let before: string[];
  let id = '';
  const kube = async (...args: string[]): Promise<string> =>
    kubectl((await whole.session()).registry.entries.find((each) => each.id === id)?.kubeconfig ?? '', args);

  beforeAll(async () => {
    whole = await Whole.open();
    other = await Guest.start({ address: ownAddress(), lan: whole.guest.lanPort, lanId: 17 });
    await whole.guest.lan(`${server}/24`);
    await other.lan(`${agent}/24`);
    await (await other.loginAs(recipe.user.name)).close();
    await other.script('hostnamectl set-hostname second; install -o ada -g ada -m 644 /dev/null /home/ada/.sudo_as_admin_successful');
    await whole.guest.exec(['timeout', '10', 'bash', '-c', `exec 3<>/dev/tcp/${agent}/22`]);
    const { appliances } = await whole.session();
    const host = other.address ?? '127.0.0.1';
    const { hostKey } = await appliances.sshProbe({ host, port: other.sshPort }, context());
    node = { ...whole.place, host, port: other.sshPort, hostKey };
    before = await fingerprint(other);
    const settings = await whole.settings({ mode: 'lan', address: server });
    const run = await whole.done(async (all) => {
      const started = await all.install({ place: whole.place, settings, sudo: whole.sudo }, context());
      id = started.id;
      return started;
    });
    tellTimes('install of the first', run);
  }, 1_200_000); // prettier-ignore
  afterAll(async () => {
    await other?.end();
    await whole?.end();
  });
  beforeEach(() =>
    onTestFailed(async () => {
      await whole.guest.keepLogs(logs);
      await other.keepLogs(logs);
    }),
  );

  test('the second joins the first over SSH, with a token that is not the one of the server', async () => {
    const run = await whole.done((all) =>
      all.join({ id, sudo: whole.sudo, node, nodeName: 'second', nodeSudo: whole.sudo }, context()),
    );
    tellTimes('join', run);
    expect(await unitState(other, 'k3s-agent')).toMatchObject({ active: 'active' });
    const nodes = (await kube('get', 'nodes', '-o', 'jsonpath={range .items[*]}{.metadata.name} {.status.addresses[0].address} {end}')).trim(); // prettier-ignore
    expect(nodes).toBe(`hearth-guest ${server} second ${agent}`);
    const token = (await other.script('cat /etc/rancher/k3s/* 2>/dev/null | grep -o "K10[^ \\"]*" | head -n 1')).trim();
    const secret = (await whole.guest.get('/var/lib/rancher/k3s/server/token')).trim();
    expect(token).toMatch(/^K10[0-9a-f]{64}::[a-z0-9]{6}\.[a-z0-9]{16}$/);
    expect(token).not.toBe(secret);
    expect(JSON.stringify(run)).not.toContain(token.split('::')[1]);
    expect((await other.run(['ls', '/home/ada/.hearth-staging'])).code).not.toBe(0);
    const seen = await whole.seen('two nodes', (each) => each.nodes.filter(({ ready }) => ready).length === 2);
    expect(seen.nodes.map(({ name }) => name).sort()).toEqual(['hearth-guest', 'second']);
  });

  test('it is there again after a restart of its own, and is told when it is off', async () => {
    await other.reboot();
    await other.lan(`${agent}/24`);
    await until('the agent runs', 240, async () => (await unitState(other, 'k3s-agent')).active === 'active');
    await whole.seen('two nodes', (each) => each.nodes.filter(({ ready }) => ready).length === 2, 240);
    await other.exec(['systemctl', 'stop', 'k3s-agent']);
    const seen = await whole.seen('one is off', (each) => each.nodes.some(({ ready }) => !ready), 240);
    expect(seen.nodes.find(({ name }) => name === 'second')?.ready).toBe(false);
    const known = await whole.seen('it is told', (each) => each.troubles.some((trouble) => trouble.id === 'node-off'));
    expect(known.state).toBe('running');
    expect(known.ladder.find((rung) => rung.id === 'node')?.detail).toContain('second is not ready');
    await other.exec(['systemctl', 'start', 'k3s-agent']);
    await whole.seen('two nodes', (each) => each.nodes.filter(({ ready }) => ready).length === 2, 240);
  });

  test('a node that is taken away is as it was before; the appliance goes on', async () => {
    const run = await whole.done((all) =>
      all.uninstall({ id: applianceId(node), place: node, sudo: whole.sudo, machines: 0, keepDisks: false }, context()),
    );
    tellTimes('uninstall of the node', run);
    await other.script('hostnamectl set-hostname second');
    expect(differences(before, await fingerprint(other))).toEqual([]);
    expect(await kube('get', '--raw', '/readyz')).toBe('ok');
  });
});
