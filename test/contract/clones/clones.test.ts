import https from 'node:https';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { kubeOf } from '../../support/kube.ts';
import { SnapshotLab } from '../../support/snapshot-lab.ts';

let lab: SnapshotLab;
beforeAll(async () => {
  lab = await SnapshotLab.start();
});
afterAll(() => lab.end());

const clones = '/apis/clone.kubevirt.io/v1beta1/namespaces/default/virtualmachineclones';
const exports = '/apis/export.kubevirt.io/v1/namespaces/default/virtualmachineexports';
const until = async (path: string, name: string, holds: (object: KubeObject) => boolean): Promise<KubeObject> => {
  let last: KubeObject | undefined;
  await kubeOf(lab.engine.kubeconfig).watch(`${path}?fieldSelector=metadata.name%3D${name}`, ({ object }) => {
    last = object;
    return holds(object);
  });
  return last!;
};
const clone = (name: string, source: string, more: { spec?: object; full?: boolean } = {}): Promise<KubeObject> =>
  lab.request('POST', clones, {
    apiVersion: 'clone.kubevirt.io/v1beta1',
    kind: 'VirtualMachineClone',
    metadata: { name, ...(more.full ? { annotations: { 'hearth.dev/clone': 'full' } } : {}) },
    spec: {
      source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: source },
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name },
      ...more.spec,
    },
  });
const over = (name: string, phase = 'Succeeded'): Promise<KubeObject> =>
  until(clones, name, ({ status }) => ['Succeeded', 'Failed'].includes(String(status?.['phase']))).then((found) => {
    expect(found.status?.['phase']).toBe(phase);
    return found;
  });
const diskOf = async (vm: string): Promise<string> => {
  const { spec } = (await lab.get('virtualmachines', vm)) as unknown as {
    spec: { template: { spec: { volumes: { dataVolume?: { name: string } }[] } } };
  };
  return spec.template.spec.volumes.find(({ dataVolume }) => dataVolume)?.dataVolume?.name ?? '';
};
const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it worked',
    (error: unknown) => String(error),
  );

describe('clones', () => {
  beforeAll(async () => {
    await lab.vm('source', 'Halted');
    await lab.printable('source', 'Stopped');
    await lab.write('source-0', 0xaa);
    const path = '/spec/template/spec/domain';
    await lab.request('PATCH', '/apis/kubevirt.io/v1/namespaces/default/virtualmachines/source', [
      { op: 'add', path: `${path}/devices/interfaces`, value: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:01' }] },
      { op: 'add', path: '/spec/template/spec/networks', value: [{ name: 'default', pod: {} }] },
      { op: 'add', path: `${path}/firmware`, value: { uuid: '11111111-2222-3333-4444-555555555555', serial: 'S1' } },
      { op: 'add', path: '/metadata/labels', value: { 'lab/keep': 'yes', drop: 'yes' } },
    ], 'application/json-patch+json'); // prettier-ignore
  });

  test('linked: an identity of its own, the same data, nothing copied and nothing left over', async () => {
    await clone('linked', 'source', { spec: { labelFilters: ['*', '!drop'] } });
    const done = await over('linked');
    expect(done.status).toMatchObject({ targetName: 'linked', creationTime: expect.any(String) });
    expect([done.status?.['snapshotName'], done.status?.['restoreName']]).toEqual([undefined, undefined]);
    const vm = (await lab.get('virtualmachines', 'linked')) as unknown as {
      metadata: { labels: object };
      spec: { runStrategy: string; template: { spec: { domain: { firmware?: object; devices: { interfaces: object[] } } } } };
    }; // prettier-ignore
    expect(vm.spec.runStrategy).toBe('Halted');
    expect(vm.metadata.labels).toEqual({ 'lab/keep': 'yes' });
    expect(JSON.stringify(vm.spec)).not.toMatch(/02:00:00:00:00:01|11111111|S1/);
    const disk = await diskOf('linked');
    expect(disk).not.toBe('source-0');
    expect(lab.claim(disk).base).toBe(lab.claim('source-0').base);
    expect(await lab.holds(disk, 0xaa)).toBe(true);
    for (const kind of ['virtualmachinesnapshots', 'virtualmachinerestores'])
      await expect
        .poll(async () => (await lab.request('GET', `/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/${kind}`)).items)
        .toEqual([]); // prettier-ignore
    // Each writes for itself.
    await lab.act('linked', 'start');
    await lab.printable('linked', 'Running');
    await lab.act('linked', 'stop');
    await lab.printable('linked', 'Stopped');
    await lab.write(disk, 0xbb);
    expect(await lab.holds('source-0', 0xaa)).toBe(true);
  });

  test('full: its data stands alone and survives its source', async () => {
    await clone('full', 'source', {
      full: true,
      spec: { newMacAddresses: { default: '02:00:00:00:00:09' }, newSMBiosSerial: 'S2' },
    });
    await over('full');
    const disk = await diskOf('full');
    expect(lab.claim(disk).base).toBeUndefined();
    expect(await lab.holds(disk, 0xaa)).toBe(true);
    expect(JSON.stringify(await lab.get('virtualmachines', 'full'))).toMatch(
      /02:00:00:00:00:09.*"S2"|"S2".*02:00:00:00:00:09/,
    );
  });

  test('of a running machine, which notices nothing', async () => {
    await lab.vm('busy', 'Always');
    await lab.printable('busy', 'Running');
    const [pid] = lab.pids();
    await clone('twin', 'busy');
    await over('twin');
    expect(lab.pids()).toContain(pid);
    await lab.act('twin', 'start');
    await lab.printable('twin', 'Running');
  });

  test('of a snapshot, which stays', async () => {
    await lab.snapshot('moment', 'source');
    await lab.succeeded('moment');
    await clone('of-moment', 'moment', {
      spec: { source: { apiGroup: 'snapshot.kubevirt.io', kind: 'VirtualMachineSnapshot', name: 'moment' }, volumeNamePolicy: 'PrefixTargetName' },
    }); // prettier-ignore
    await over('of-moment');
    expect(await diskOf('of-moment')).toBe('of-moment-source-0');
    expect((await lab.get('virtualmachinesnapshots', 'moment')).status?.['readyToUse']).toBe(true);
  });

  test('an engine killed in between goes on', async () => {
    await clone('cut', 'source', { full: true });
    await lab.crash();
    await over('cut');
    expect(await lab.holds(await diskOf('cut'), 0xaa)).toBe(true);
  });

  test('a copy that fails: Failed, with the cause, and nothing is left; a machine that keeps a TPM is no reason', async () => {
    await lab.vm('broken', 'Halted');
    await lab.printable('broken', 'Stopped');
    await lab.write('broken-0', 0xcc);
    await lab.snapshot('whole', 'broken');
    await lab.succeeded('whole');
    const { base = '' } = lab.claim('broken-0');
    const layer = readdirSync(lab.disks, { recursive: true, encoding: 'utf8' }).find((path) => path.includes(base) && !path.endsWith('.json')); // prettier-ignore
    rmSync(join(lab.disks, layer ?? 'none'));
    await clone('of-broken', 'whole', {
      full: true,
      spec: { source: { apiGroup: 'snapshot.kubevirt.io', kind: 'VirtualMachineSnapshot', name: 'whole' } },
    });
    const failed = await over('of-broken', 'Failed');
    expect(JSON.stringify(failed.status?.['conditions'])).toMatch(/the disk restore-[^ ]* could not be copied: .{10}/);
    expect(await messageOf(lab.get('virtualmachines', 'of-broken'))).toContain('not found');
    const claims = await lab.request('GET', '/api/v1/namespaces/default/persistentvolumeclaims');
    const left = (claims.items ?? []).filter(({ metadata }) => metadata.annotations?.['hearth.dev/copy-failed']);
    expect(left).toEqual([]);
    await lab.request('PATCH', '/apis/kubevirt.io/v1/namespaces/default/virtualmachines/source', [
      { op: 'add', path: '/spec/template/spec/domain/devices/tpm', value: { persistent: true } },
    ], 'application/json-patch+json'); // prettier-ignore
    await clone('with-tpm', 'source');
    await over('with-tpm');
    expect(JSON.stringify((await lab.get('virtualmachines', 'with-tpm')).spec)).toContain('"tpm":{"persistent":true}');
    await lab.request('PATCH', '/apis/kubevirt.io/v1/namespaces/default/virtualmachines/source', [
      { op: 'remove', path: '/spec/template/spec/domain/devices/tpm' },
    ], 'application/json-patch+json'); // prettier-ignore
  });

  test('what cannot be is refused or fails in words', async () => {
    expect(await messageOf(clone('source', 'source'))).toContain('Target name cannot be equal to source name');
    expect(await messageOf(clone('linked', 'source'))).toContain('Target virtual machine linked already exists');
    expect(await messageOf(clone('x', 'source', { spec: { newMacAddresses: { default: 'zz' } } }))).toContain(
      'malformed',
    );
    expect(await messageOf(clone('x', 'source', { spec: { labelFilters: ['(a+)+$'] } }))).toContain('invalid');
    expect(await messageOf(clone('x', 'source', { spec: { patches: ['{"op":"remove","path":"/status/x"}'] } }))).toContain('/spec/'); // prettier-ignore
    await clone('orphan', 'nobody');
    const failed = await over('orphan', 'Failed');
    expect(JSON.stringify(failed.status?.['conditions'])).toContain('VirtualMachine nobody does not exist');
  });
});

describe('exports', () => {
  const make = (
    name: string,
    source: object,
    more: { annotations?: object; spec?: object } = {},
  ): Promise<KubeObject> =>
    lab.request('POST', exports, {
      apiVersion: 'export.kubevirt.io/v1',
      kind: 'VirtualMachineExport',
      metadata: { name, ...(more.annotations ? { annotations: more.annotations } : {}) },
      spec: { source, ...more.spec },
    });
  const machine = (name: string) => ({ apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name });
  const ready = (name: string) => until(exports, name, ({ status }) => status?.['phase'] === 'Ready');
  type Links = { external: { cert: string; volumes: { name: string; formats: { format: string; url: string }[] }[] } };
  const linksOf = ({ status = {} }: KubeObject): Links => status['links'] as Links;
  const urlOf = (object: KubeObject, format: string): string =>
    linksOf(object).external.volumes[0]?.formats.find((each) => each.format === format)?.url ?? '';
  const tokenOf = async (object: KubeObject): Promise<string> => {
    const secret = await lab.request(
      'GET',
      `/api/v1/namespaces/default/secrets/${String(object.status?.['tokenSecretRef'])}`,
    );
    return Buffer.from((secret as unknown as { data: { token: string } }).data.token, 'base64').toString();
  };
  const fetch = (object: KubeObject, url: string, headers: Record<string, string>) =>
    new Promise<{ code: number; headers: Record<string, unknown>; data: Buffer }>((resolve, reject) => {
      https
        .get(url, { ca: linksOf(object).external.cert, headers }, (answer) => {
          const { statusCode: code = 0, headers: said } = answer;
          buffer(answer).then((data) => resolve({ code, headers: said, data }), reject);
        })
        .on('error', reject);
    });

  test('waits for a running machine; then raw, gzip and qcow2 by token, in ranges', async () => {
    await make('busy', machine('busy'));
    const pending = await until(exports, 'busy', ({ status }) => status?.['phase'] === 'Pending');
    expect(JSON.stringify(pending.status?.['conditions'])).toContain('Virtual Machine default/busy is running');
    await make('source', machine('source'));
    const object = await ready('source');
    expect(object.status).toMatchObject({ tokenSecretRef: 'export-token-source', virtualMachineName: 'source', ttlExpirationTime: expect.any(String) }); // prettier-ignore
    const header = { 'x-kubevirt-export-token': await tokenOf(object) };
    expect((await fetch(object, urlOf(object, 'raw'), {})).code).toBe(401);
    expect((await fetch(object, urlOf(object, 'raw'), { 'x-kubevirt-export-token': 'guess' })).code).toBe(401);
    const raw = await fetch(object, urlOf(object, 'raw'), header);
    expect([raw.code, raw.data.length, raw.data[2 ** 20]]).toEqual([200, 64 * 2 ** 20, 0xaa]);
    expect(gunzipSync((await fetch(object, urlOf(object, 'gzip'), header)).data).equals(raw.data)).toBe(true);
    const whole = await fetch(object, urlOf(object, 'qcow2'), header);
    expect(whole.data.subarray(0, 4).toString('latin1')).toBe('QFI\u00fb');
    const half = Math.floor(whole.data.length / 2);
    const rest = await fetch(object, urlOf(object, 'qcow2'), { ...header, range: `bytes=${half}-`, 'if-range': String(whole.headers['etag']) }); // prettier-ignore
    expect([rest.code, rest.data.equals(whole.data.subarray(half))]).toEqual([206, true]);
    const other = await fetch(object, urlOf(object, 'qcow2'), { ...header, range: `bytes=${half}-`, 'if-range': '"another"' }); // prettier-ignore
    expect([other.code, other.data.length]).toEqual([200, whole.data.length]);
    const folder = join(lab.engine.dataDir, 'engine/exports', String(object.metadata.uid));
    expect(existsSync(folder)).toBe(true);
    await lab.request('DELETE', `${exports}/source`);
    await expect.poll(() => existsSync(folder)).toBe(false);
  });

  test('of a snapshot of a running machine, prepared before it is ready; kept over a killed engine', async () => {
    await lab.snapshot('live', 'busy');
    await lab.succeeded('live');
    const source = { apiGroup: 'snapshot.kubevirt.io', kind: 'VirtualMachineSnapshot', name: 'live' };
    await make('prepared', source, { annotations: { 'hearth.dev/prepare': 'qcow2' } });
    const before = await ready('prepared');
    const token = await tokenOf(before);
    await lab.crash();
    const object = await ready('prepared');
    const file = await fetch(object, urlOf(object, 'qcow2'), { 'x-kubevirt-export-token': token });
    expect(file.code).toBe(200);
  });

  test('goes after its time, and wrong ones are refused', async () => {
    await make('short', machine('source'), { spec: { ttlDuration: '1s' } });
    await expect
      .poll(() => messageOf(lab.request('GET', `${exports}/short`)), { timeout: 5000 })
      .toContain('not found');
    expect(await messageOf(make('x', { kind: 'VirtualMachine', name: 'source' }))).toContain('invalid apiGroup');
    expect(await messageOf(make('x', { apiGroup: '', kind: 'Secret', name: 'source' }))).toContain('invalid kind');
  });
});
