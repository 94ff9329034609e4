import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Appliance } from '../../../main/contract/appliance.ts';
import { ended, roomPlace, settle } from '../../support/provision/room-place.ts';
import { openBench, settings } from '../../support/provision/stand-ins.ts';
import type { Bench } from '../../support/provision/stand-ins.ts';
import { openLab } from '../../support/root-helper/lab.ts';
import type { Lab } from '../../support/root-helper/lab.ts';
import { noRoom } from '../../support/root-helper/room.ts';

const context = { signal: new AbortController().signal };
const lan = settings({ mode: 'lan', address: '192.168.1.20' });

describe.skipIf(noRoom)('an appliance that is looked at, joined and joining', () => {
  let lab: Lab;
  let dataDir: string;
  let bench: Bench;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());
  beforeEach(async () => {
    await lab.furnish();
    await settle(lab);
    dataDir = mkdtempSync(join(tmpdir(), 'hearth-provision-'));
    bench = await openBench({ dataDir, openPlace: async () => roomPlace(lab), facts: { modules: ['tun'] } });
  });
  afterEach(async () => {
    await bench.tasks.close();
    await bench.provision.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const install = async (chosen = lan): Promise<void> => {
    const { taskId } = await bench.provision.handlers.install({ place: { type: 'local' }, settings: chosen }, context);
    const task = await ended(bench, taskId);
    expect(task.problem).toBeUndefined();
  };

  it('shows what is there while somebody watches: first the record, then what was seen', async () => {
    await install();
    const stop = new AbortController();
    let seen: Appliance | undefined;
    for await (const update of bench.provision.handlers.watch({}, { signal: stop.signal })) {
      if (update.type === 'snapshot') expect(update.items.map(({ id }) => id)).toEqual(['this-computer']);
      const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
      seen = rows[0];
      if (seen?.state === 'starting') break;
    }
    stop.abort();
    // The unit runs; the stand-in of the cluster tells no rung.
    expect(seen).toMatchObject({ placeType: 'local', place: 'the room', versions: lan.versions, nodes: [] });
    expect(seen?.disk?.total).toBeGreaterThan(0);
    expect(seen?.upgrades.every(({ from }) => Object.values(lan.versions).includes(from))).toBe(true);
  });

  it('installs what was shown and no other plan', async () => {
    const before = await lab.snapshot();
    const { handlers } = bench.provision;
    const place = { type: 'local' } as const;
    const { digest } = await handlers.plan({ place, settings: lan }, context);
    const other = await handlers.plan({ place, settings: { ...lan, nodeName: 'other' } }, context);
    expect(other.digest).not.toBe(digest);
    const refused = await handlers.install({ place, settings: lan, shown: other.digest }, context);
    expect((await ended(bench, refused.taskId)).problem?.code).toBe('plan-changed');
    expect(await lab.snapshot()).toEqual(before);
    const { taskId } = await handlers.install({ place, settings: lan, shown: digest }, context);
    expect((await ended(bench, taskId)).state).toBe('done');
  });

  it('is shown as a plan before anything is changed', async () => {
    const before = await lab.snapshot();
    const view = await bench.provision.handlers.plan({ place: { type: 'local' }, settings: lan }, context);
    expect(view.fields).toEqual({});
    expect(view.steps.filter(({ root }) => root).length).toBeGreaterThan(20);
    expect(view.files.find(({ path }) => path === '/etc/rancher/k3s/config.yaml')?.text).toContain('node-name: lab');
    expect(view.helper.text).toContain('#!/bin/sh');
    expect(view.commands).toContain('/etc/rancher/k3s/config.yaml');
    expect(view.downloads.some(({ pinned }) => !pinned)).toBe(true);
    expect(
      (await bench.provision.handlers.plan({ place: { type: 'local' }, settings: settings({ mode: 'lan' }) }, context))
        .fields,
    ).toHaveProperty('address');
    expect(await lab.snapshot()).toEqual(before);
  });

  it('gives out a token of its own, which nothing writes down', async () => {
    await install();
    const offer = await bench.provision.handlers.joinOffer({ id: 'this-computer', hours: 3 }, context);
    expect(offer).toMatchObject({ server: 'https://192.168.1.20:6443' });
    expect(offer.command).toContain('--token-stdin <<');
    expect(offer.command).toContain('abcdef.0123456789abcdef');
    expect(Date.parse(offer.expires) - Date.now()).toBeGreaterThan(2.9 * 3600_000);
    for await (const update of bench.tasks.watch(context.signal)) {
      expect(JSON.stringify(update)).not.toContain('0123456789abcdef');
      break;
    }
    expect(readFileSync(join(dataDir, 'appliances', 'this-computer.json'), 'utf8')).not.toContain('0123456789abcdef');
  });

  it('in solo mode says why nobody can join, without asking for root', async () => {
    await install(settings());
    const offer = await bench.provision.handlers.joinOffer({ id: 'this-computer', hours: 2 }, context);
    expect(offer.problem?.code).toBe('join-solo');
    expect(offer.command).toBe('');
  });

  it('becomes a node of another by its token, and is taken out by its own ledger', async () => {
    const before = await lab.snapshot();
    const join = { place: { type: 'local' as const }, server: 'https://192.168.1.5:6443', nodeName: 'second' };
    const refused = await bench.provision.joinHere({ ...join, token: 'K10aa::server:secretsecretsecret' });
    expect((await ended(bench, refused.taskId)).problem?.code).toBe('settings-refused');
    const { taskId } = await bench.provision.joinHere({
      ...join,
      token: 'abcdef.0123456789abcdef',
      address: '192.168.1.20',
    });
    expect((await ended(bench, taskId)).problem).toBeUndefined();
    expect((await lab.sh('systemctl is-active k3s-agent')).trim()).toBe('active');
    expect(await lab.sh('stat -c %a /etc/rancher/k3s/agent-token')).toBe('600\n');
    // What was sent there is gone.
    expect(existsSync(`${lab.shared}/staging`)).toBe(false);
    const removal = await bench.provision.handlers.uninstall(
      { id: 'this-computer', place: { type: 'local' }, machines: 0, keepDisks: false },
      context,
    );
    expect((await ended(bench, removal.taskId)).problem).toBeUndefined();
    expect(await lab.snapshot()).toEqual(before);
  });

  it('takes the address that the machine has now: k3s is told, started anew once, and its proxy is passed by', async () => {
    const proxied = { ...lan, proxy: { http: 'http://proxy.lan:3128', no: 'nas.lan' } };
    await install(proxied);
    const followAddress = (how: { onDone?: (address: string | undefined) => Promise<void> } = {}) =>
      bench.provision.followAddress({ place: { type: 'local' }, title: 'Bring it along', ...how });
    const config = (): Promise<string> => lab.sh('cat /etc/rancher/k3s/config.yaml');
    const restarts = async (): Promise<number> =>
      (await lab.sh('cat /lab/calls')).split('\n').filter((line) => /restart .*k3s/.test(line)).length;
    expect(await config()).toContain('192.168.1.20');
    const inode = await lab.sh('stat -c %i /etc/rancher/k3s/config.yaml');
    bench.facts.addresses = [{ interface: 'enp3s0', address: '10.20.0.7', prefix: 16, dynamic: true }];
    bench.facts.defaultRoute = { interface: 'enp3s0', gateway: '10.20.0.1' };
    // Stopped before the machine has it: the record says so, and the next one goes on.
    await lab.sh('echo 0 >/lab/state/crash');
    const cut = await followAddress();
    await expect.poll(async () => await config(), { timeout: 10_000 }).toContain('10.20.0.7');
    expect(bench.tasks.cancel(cut.taskId)).toBeDefined();
    expect((await ended(bench, cut.taskId)).state).not.toBe('done');
    const record = () => JSON.parse(readFileSync(join(dataDir, 'appliances', 'this-computer.json'), 'utf8')) as { settings: { address: string } }; // prettier-ignore
    expect(record().settings.address).toBe('192.168.1.20');
    await lab.sh('rm -f /lab/state/crash');
    const before = await restarts();
    let told: string | undefined;
    const { taskId } = await followAddress({ onDone: async (address) => void (told = address) });
    const task = await ended(bench, taskId);
    expect(task).toMatchObject({ title: 'Bring it along', state: 'done' });
    expect(told).toBe('10.20.0.7');
    expect(record().settings.address).toBe('10.20.0.7');
    expect((await restarts()) - before).toBe(1);
    const after = await config();
    expect(after).toMatch(/node-ip: 10\.20\.0\.7/);
    expect(after).toMatch(/flannel-iface: enp3s0/);
    expect(/tls-san:\n((?: {2}- .*\n)+)/.exec(after)?.[1]).toContain('10.20.0.7');
    expect(after).not.toContain('192.168.1.20');
    expect(await lab.sh('stat -c %a /etc/rancher/k3s/config.yaml')).toBe('600\n');
    // Renamed into its place, never half a file.
    expect(await lab.sh('stat -c %i /etc/rancher/k3s/config.yaml')).not.toBe(inode);
    expect(await lab.sh('cat /etc/systemd/system/k3s.service.env')).toMatch(/NO_PROXY=".*,10\.20\.0\.7,.*nas\.lan"/);
    expect(bench.targets.get('this-computer')?.kubeconfig).toContain('kubeconfig');
  }); // prettier-ignore

  it('leaves an appliance that its owner stopped off, and tells it the address for its next start', async () => {
    await install();
    const { taskId: stopping } = await bench.provision.handlers.act({ id: 'this-computer', action: 'stop' }, context);
    expect((await ended(bench, stopping)).state).toBe('done');
    bench.facts.addresses = [{ interface: 'enp3s0', address: '10.20.0.7', prefix: 16 }];
    bench.facts.defaultRoute = { interface: 'enp3s0', gateway: '10.20.0.1' };
    const { taskId } = await bench.provision.followAddress({ place: { type: 'local' }, title: 'Bring it along' });
    expect((await ended(bench, taskId)).problem).toBeUndefined();
    expect(await lab.sh('cat /etc/rancher/k3s/config.yaml')).toMatch(/node-ip: 10\.20\.0\.7/);
    expect((await lab.sh('systemctl is-active k3s || :')).trim()).toBe('inactive');
  });

  it('a node takes its new address with the token and the certificates it has; what is no node is left alone', async () => {
    const node = { server: 'https://192.168.1.5:6443', nodeName: 'second' };
    const place = { type: 'local' as const };
    const refused = await bench.provision.followAddress({ place, node, title: 'Bring it along' });
    expect((await ended(bench, refused.taskId)).problem?.code).toBe('not-joined');
    const told: string[] = [];
    const keep = async (address: string | undefined): Promise<void> => void told.push(address ?? '');
    const { taskId } = await bench.provision.joinHere({ place, ...node, token: 'abcdef.0123456789abcdef', onJoined: keep });
    expect((await ended(bench, taskId)).problem).toBeUndefined();
    bench.facts.addresses = [{ interface: 'enp3s0', address: '192.168.1.77', prefix: 24 }];
    bench.facts.defaultRoute = { interface: 'enp3s0', gateway: '192.168.1.1' };
    const moved = await bench.provision.followAddress({ place, node, title: 'Bring it along', onDone: keep });
    expect((await ended(bench, moved.taskId)).problem).toBeUndefined();
    expect(told).toEqual(['192.168.1.20', '192.168.1.77']);
    const config = await lab.sh('cat /etc/rancher/k3s/config.yaml');
    expect(config).toMatch(/server: https:\/\/192\.168\.1\.5:6443/);
    expect(config).toMatch(/node-ip: 192\.168\.1\.77/);
    expect(await lab.sh('cat /etc/rancher/k3s/agent-token')).toBe('abcdef.0123456789abcdef\n');
    // Joined again elsewhere: the same way as the first time.
    const again = await bench.provision.joinHere({ place, ...node, server: 'https://192.168.1.6:6443', token: 'ghijkl.0123456789abcdef' });
    expect((await ended(bench, again.taskId)).problem).toBeUndefined();
    expect(await lab.sh('cat /etc/rancher/k3s/config.yaml')).toMatch(/server: https:\/\/192\.168\.1\.6:6443/);
    expect(await lab.sh('cat /lab/calls')).toMatch(/restart .*k3s-agent|restart k3s-agent/);
  }); // prettier-ignore

  it('makes a bundle as a task, and asks what is missing in one', async () => {
    const path = join(dataDir, 'bundle.tar');
    const { taskId } = await bench.provision.handlers.makeBundle({ path, settings: lan, kind: false }, context);
    expect((await ended(bench, taskId)).state).toBe('done');
    const names = JSON.parse(readFileSync(path, 'utf8')) as string[];
    expect(names.some((name) => name.startsWith('kind-'))).toBe(false);
    const check = await bench.provision.handlers.checkBundle({ path, settings: lan }, context);
    expect(check.missing.some((name) => name.startsWith('kind-'))).toBe(true);
    expect(check.missing.length).toBeGreaterThan(names.length);
  });
});
