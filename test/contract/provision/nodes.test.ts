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
