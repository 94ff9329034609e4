import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SnapshotLab } from '../../support/snapshot-lab.ts';

let lab: SnapshotLab;
beforeAll(async () => {
  lab = await SnapshotLab.start();
});
afterAll(() => lab.end());

/** The claim of a machine's volume now. */
const claimOf = async (vm: string, volume: string): Promise<string> => {
  const { spec } = (await lab.get('virtualmachines', vm)) as unknown as {
    spec: { template: { spec: { volumes: { name: string; dataVolume?: { name: string } }[] } } };
  };
  const { volumes } = spec.template.spec;
  return volumes.find(({ name }) => name === volume)?.dataVolume?.name ?? '';
};
const settled = async (holds: () => boolean): Promise<void> => {
  for (const end = Date.now() + 20_000; !holds() && Date.now() < end;) await wait(50);
  expect(holds()).toBe(true);
};

describe('a machine that is off', () => {
  beforeAll(async () => {
    await lab.vm('off', 'Halted');
    await lab.printable('off', 'Stopped');
  });

  test('says which volumes a snapshot will have', async () => {
    const vm = await lab.until(
      'virtualmachines',
      'off',
      ({ status }) => (status?.['volumeSnapshotStatuses'] as { enabled: boolean }[])?.[0]?.enabled === true,
    );
    expect(vm.status?.['volumeSnapshotStatuses']).toEqual([
      { name: 'off-0', enabled: true },
      { name: 'seed', enabled: false, reason: 'Snapshot is not supported for this volumeSource type [seed]' },
    ]);
  });

  test('goes back to what it was', async () => {
    await lab.write('off-0', 0xaa);
    await lab.snapshot('first', 'off');
    const first = await lab.succeeded('first');
    expect(first.status).toMatchObject({
      phase: 'Succeeded',
      readyToUse: true,
      snapshotVolumes: { includedVolumes: ['off-0'], excludedVolumes: ['seed'] },
    });
    expect(first.status?.['indications']).toBeUndefined();
    await lab.act('off', 'start');
    await lab.printable('off', 'Running');
    await lab.act('off', 'stop');
    await lab.printable('off', 'Stopped');
    await lab.write('off-0', 0xbb);
    expect(await lab.holds('off-0', 0xbb)).toBe(true);
    await lab.restore('back', 'first', 'off');
    const done = await lab.complete('back');
    expect(done.status?.['deletedDataVolumes']).toEqual(['off-0']);
    const claim = await claimOf('off', 'off-0');
    expect(claim).toBe(`restore-${done.metadata.uid}-off-0`);
    expect(await lab.holds(claim, 0xaa)).toBe(true);
    const vm = await lab.get('virtualmachines', 'off');
    expect(vm.status?.['restoreInProgress']).toBeUndefined();
    await lab.act('off', 'start');
    await lab.printable('off', 'Running');
    await lab.act('off', 'stop');
    await lab.printable('off', 'Stopped');
  });

  test('becomes a second machine, with patches', async () => {
    await lab.restore('other', 'first', 'twin', {
      spec: { patches: ['{"op": "replace", "path": "/spec/template/spec/domain/memory/guest", "value": "96Mi"}'] },
    });
    await lab.complete('other');
    const claim = await claimOf('twin', 'off-0');
    expect(await lab.holds(claim, 0xaa)).toBe(true);
    const twin = await lab.get('virtualmachines', 'twin');
    expect(twin.spec).toMatchObject({
      runStrategy: 'Halted',
      template: { spec: { domain: { memory: { guest: '96Mi' } } } },
    });
  });

  test('refuses what KubeVirt refuses, in its words', async () => {
    const bad = (body: object): Promise<unknown> => lab.request('POST', '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots', { apiVersion: 'snapshot.kubevirt.io/v1beta1', kind: 'VirtualMachineSnapshot', metadata: { name: 'bad' }, ...body }); // prettier-ignore
    await expect(bad({ spec: { source: { kind: 'VirtualMachine', name: 'off' } } })).rejects.toThrow(
      'missing apiGroup',
    );
    await expect(bad({ spec: { source: { apiGroup: 'kubevirt.io', kind: 'Pod', name: 'off' } } })).rejects.toThrow(
      'invalid kind',
    );
    await expect(lab.restore('bad', 'first', 'off', { spec: { patches: ['{"op":"remove","path":"/metadata/name"}'] } })).rejects.toThrow('patching is valid only for elements under /spec/ only'); // prettier-ignore
    await expect(lab.restore('bad', 'first', 'off', { spec: { volumeRestorePolicy: 'Never' } })).rejects.toThrow(
      `doesn't exist`,
    );
    await expect(
      lab.request(
        'PATCH',
        '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots/first',
        { spec: { failureDeadline: '1m0s' } },
        'application/merge-patch+json',
      ),
    ).rejects.toThrow('spec in immutable after creation');
  });

  test('prints what KubeVirt prints', async () => {
    const table = await lab.engine.request('/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots', { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } }); // prettier-ignore
    const { columnDefinitions, rows } = JSON.parse(table.body) as {
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[] }[];
    };
    expect(columnDefinitions.map(({ name }) => name)).toEqual([
      'Name',
      'SourceKind',
      'SourceName',
      'Phase',
      'ReadyToUse',
      'CreationTime',
      'Error',
    ]);
    expect(rows[0]?.cells.slice(0, 5)).toEqual(['first', 'VirtualMachine', 'off', 'Succeeded', true]);
  });
});

describe('a machine that runs', () => {
  beforeAll(async () => {
    await lab.vm('on', 'Always', 2);
    await lab.printable('on', 'Running');
  });

  test('goes on in new overlays, all disks at once', async () => {
    await lab.snapshot('live', 'on');
    const live = await lab.succeeded('live');
    expect(live.status?.['indications']).toEqual(['NoGuestAgent', 'Online']);
    for (const claim of ['on-0', 'on-1']) {
      expect(lab.claim(claim).live).toBeUndefined();
      expect(lab.opened(lab.overlay(claim))).toBe(true);
    }
    expect((await lab.get('virtualmachines', 'on')).status?.['snapshotInProgress']).toBeUndefined();
  });

  test('keeps and gets back its memory', async () => {
    await lab.snapshot('memory', 'on', true);
    const memory = await lab.succeeded('memory');
    expect(memory.status?.['indications']).toEqual(['Memory', 'Online']);
    expect(Number(memory.metadata.annotations?.['hearth.dev/memory-size'])).toBeGreaterThan(100_000);
    expect((await lab.get('virtualmachines', 'on')).status?.['printableStatus']).toBe('Running');
    await lab.restore('again', 'memory', 'on', { spec: { targetReadinessPolicy: 'StopTarget' }, annotations: { 'hearth.dev/memory': 'true' } }); // prettier-ignore
    await lab.complete('again');
    await lab.act('on', 'start');
    await lab.printable('on', 'Running');
    const events = (await lab.request('GET', '/api/v1/namespaces/default/events')).items ?? [];
    expect(events.map((event) => event['reason'])).toContain('MemoryRestored');
    expect(events.map((event) => event['reason'])).not.toContain('MemoryNotRestored');
  });

  test('waits for a restore to have it stopped, and says so', async () => {
    await lab.restore('waiting', 'live', 'on', { spec: { targetReadinessPolicy: 'FailImmediate' } });
    const failed = await lab.until('virtualmachinerestores', 'waiting', ({ status }) =>
      JSON.stringify(status).includes('Restore target not ready'),
    );
    expect(failed.status?.['complete']).toBe(false);
    await lab.request('DELETE', '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinerestores/waiting');
  });

  test('its layers are merged while it runs, when a snapshot goes', async () => {
    const claim = await claimOf('on', 'on-0');
    await lab.snapshot('passing', 'on');
    await lab.succeeded('passing');
    const { base } = lab.claim(claim);
    expect(lab.layers()).toContain(`${base}.qcow2`);
    await lab.request(
      'DELETE',
      '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots/passing',
    );
    await settled(() => !lab.layers().includes(`${base}.qcow2`));
    expect(lab.opened(lab.overlay(claim))).toBe(true);
    expect(lab.claim(claim).base).not.toBe(base);
  });

  test('a killed engine at any moment: the snapshot is finished, the guest goes on in its overlay', async () => {
    const claims = [await claimOf('on', 'on-0'), await claimOf('on', 'on-1')];
    for (const [index, delay] of [0, 5, 15, 30, 60].entries()) {
      await lab.snapshot(`killed-${index}`, 'on', index % 2 === 1);
      await wait(delay);
      await lab.crash();
      await lab.succeeded(`killed-${index}`);
      await lab.printable('on', 'Running');
      for (const claim of claims) {
        expect(lab.claim(claim).live).toBeUndefined();
        expect(lab.opened(lab.overlay(claim))).toBe(true);
      }
    }
  });
});

test('delete with merge keeps the data and gives the space back', async () => {
  await lab.vm('chain', 'Halted');
  await lab.printable('chain', 'Stopped');
  for (const [index, byte] of [1, 2, 3, 4].entries()) {
    await lab.act('chain', 'start');
    await lab.printable('chain', 'Running');
    await lab.act('chain', 'stop');
    await lab.printable('chain', 'Stopped');
    await lab.write('chain-0', byte, `${index}M`);
    await lab.snapshot(`s${index}`, 'chain');
    await lab.succeeded(`s${index}`);
  }
  const layers = lab.layers().length;
  const remove = (name: string) => lab.request('DELETE', `/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots/${name}`); // prettier-ignore
  await remove('s1');
  await settled(() => lab.layers().length === layers - 1);
  // A disk that is just being made has its data a moment before its record: the merge waits that out.
  const made = join(lab.disks, 'volumes/just-made.qcow2');
  writeFileSync(made, '');
  await remove('s0');
  await wait(500);
  rmSync(made);
  await settled(() => lab.layers().length === layers - 2);
  for (const [index, byte] of [1, 2, 3, 4].entries()) expect(await lab.holds('chain-0', byte, `${index}M`)).toBe(true);
  await lab.restore('to-s2', 's2', 'chain');
  await lab.complete('to-s2');
  const claim = await claimOf('chain', 'chain-0');
  expect(await lab.holds(claim, 3, '2M')).toBe(true);
  expect(await lab.holds(claim, 4, '3M')).toBe(false);
  expect(readdirSync(join(lab.disks, 'snapshots')).length).toBeGreaterThan(0);
});

test('a claim from a volume snapshot of a running machine', async () => {
  const vs = '/apis/snapshot.storage.k8s.io/v1/namespaces/default/volumesnapshots';
  const source = await claimOf('on', 'on-0');
  await lab.request('POST', vs, { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name: 'alone' }, spec: { source: { persistentVolumeClaimName: source } } }); // prettier-ignore
  await lab.request('POST', '/api/v1/namespaces/default/persistentvolumeclaims', {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'copy' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } }, dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'alone' } },
  }); // prettier-ignore
  // As long as it takes: a computer with much to do is not a failure.
  for (;;) {
    const claim = await lab.request('GET', '/api/v1/namespaces/default/persistentvolumeclaims/copy');
    if (claim.status?.['phase'] === 'Bound') break;
    await wait(50);
  }
  expect(lab.claim('copy').base).toBe(lab.claim(source).base);
});
