import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeTargets } from '../../support/operations/lab.ts';
import { cureOf, faults, faulty, templateOf, vmPath } from '../../support/operations/why.ts';

const image = Buffer.alloc(1024 * 1024);
/** A web server that has an image, and refuses while `away`. */
let away = false;
const web = createServer((_request, response) => {
  if (away) response.writeHead(404).end('gone');
  else response.writeHead(200, { 'content-length': image.length }).end(image);
});
let origin = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
});
afterAll(() => {
  web.closeAllConnections();
  web.close();
});

describeTargets('why', (lab) => {
  const { make, chain, click, heals } = faults(lab);
  const ref = (name: string) => ({ namespace: 'default', name });

  test('an image that cannot be fetched: tried again when it is there', async () => {
    away = true;
    const url = `${origin}/away.img`;
    if (lab.kind === 'cluster') lab.cluster.failingImports.set(url, `Unable to connect to http data source: expected status code 200, got 404. Status: 404 Not Found`); // prettier-ignore
    await make(faulty('away', (_spec, vm) => void (templateOf(vm).spec['source'] = { http: { url } })));
    const found = await chain('away', 'image-unreachable');
    expect(found.steps.map(({ object }) => object)).toEqual(['VirtualMachine away', 'DataVolume away-root']);
    expect(found.short).toMatch(/404/);
    away = false;
    if (lab.kind === 'cluster') lab.cluster.failingImports.delete(url);
    expect(await click('away', cureOf(found, 'importAgain'))).toEqual({ said: 'away-root is imported again.' });
    await heals('away');
    await lab.remove('away');
  });

  test('a wrong checksum: the file’s own is offered, and asked about', async () => {
    const url = `${origin}/image.img`;
    const [wrong, right] = ['0'.repeat(64), createHash('sha256').update(image).digest('hex')];
    if (lab.kind === 'cluster') lab.cluster.failingImports.set(url, `Unable to process data: checksum mismatch: expected ${wrong}, got ${right}`); // prettier-ignore
    // (The copy of CDI's schema inside KubeVirt's has no checksum: the disk is a DataVolume of its own.)
    const disk = { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', metadata: { name: 'sum-root', namespace: 'default' }, spec: { source: { http: { url, checksum: `sha256:${wrong}` } }, storage: { resources: { requests: { storage: '64Mi' } } } } }; // prettier-ignore
    await lab.kube.request('POST', '/apis/cdi.kubevirt.io/v1beta1/namespaces/default/datavolumes', disk);
    await make(faulty('sum', (_spec, vm) => void delete vm.spec?.['dataVolumeTemplates']));
    const found = await chain('sum', 'bad-checksum');
    const take = found.cures.find(({ action }) => action.type === 'importAgain' && action.checksum !== undefined && action.checksum !== ''); // prettier-ignore
    expect([take?.action, take?.asks !== undefined]).toEqual([{ type: 'importAgain', dataVolume: ref('sum-root'), checksum: `sha256:${right}` }, true]); // prettier-ignore
    if (lab.kind === 'cluster') lab.cluster.failingImports.delete(url);
    await click('sum', take);
    await heals('sum');
    expect(JSON.stringify((await lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', 'sum-root')).spec)).toContain(right);
    await lab.remove('sum');
  });

  test('a network that does not exist is made', async () => {
    await make(faulty('nets', (spec) => {
      spec.networks.push({ name: 'lab', multus: { networkName: 'lab-net' } });
      spec.domain.devices.interfaces.push({ name: 'lab', bridge: {} });
    })); // prettier-ignore
    const found = await chain('nets', 'missing-network', ({ cures }) => cures.some(({ action }) => action.type === 'createNetwork')); // prettier-ignore
    expect(found.steps.at(-1)).toEqual({ object: 'NetworkAttachmentDefinition lab-net', says: 'It does not exist in the namespace default.' }); // prettier-ignore
    await click('nets', cureOf(found, 'createNetwork'));
    await heals('nets');
    await lab.remove('nets');
  });

  test('a secret that does not exist is made, with the text that was given', async () => {
    await make(faulty('seed', (spec) => {
      spec.volumes.push({ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'seed-data' } } });
      spec.domain.devices.disks.push({ name: 'seed', disk: { bus: 'virtio' } });
    })); // prettier-ignore
    const found = await chain('seed', 'missing-secret');
    expect(found.steps.at(-1)).toEqual({ object: 'Secret seed-data', says: 'It does not exist in the namespace default.' }); // prettier-ignore
    const cure = cureOf(found, 'createSecret');
    await lab.api.why.cure({ ...ref('seed'), cure: { ...cure.action, text: '#cloud-config\nhostname: seed\n' } });
    await heals('seed');
    const secret = (await lab.get('v1', 'secrets', 'seed-data')) as { data?: Record<string, string> };
    expect(Buffer.from(secret.data?.['userdata'] ?? '', 'base64').toString()).toContain('hostname: seed');
    await lab.remove('seed');
  });

  test('more memory than there is: it gets what fits', async () => {
    await make(faulty('huge', (spec) => void (spec.domain.memory.guest = '900Gi')));
    const found = await chain('huge', 'not-enough-memory', ({ cures }) => cures.some(({ action }) => action.type === 'setMemory')); // prettier-ignore
    expect(found.short).toMatch(/Insufficient memory/);
    const { memory } = cureOf(found, 'setMemory').action;
    expect(memory).toBeGreaterThan(2 ** 30);
    // What fits is a lot: the test's computer has less patience than room, so it takes less.
    await lab.api.why.cure({ ...ref('huge'), cure: { type: 'setMemory', memory: 64 * 2 ** 20 } });
    await heals('huge');
    await lab.remove('huge');
  });

  test('a node that takes no machines is told to', async () => {
    const [node] = ((await lab.kube.request('GET', '/api/v1/nodes')) as unknown as { items: { metadata: { name: string } }[] }).items; // prettier-ignore
    const path = `/api/v1/nodes/${node?.metadata.name}`;
    await lab.kube.request('PATCH', path, { spec: { unschedulable: true } }, 'application/merge-patch+json');
    await make(faulty('cordon'));
    const found = await chain('cordon', 'node-cordoned', ({ cures }) => cures.length > 0);
    expect(found.steps.map(({ object }) => object)).toEqual(['VirtualMachine cordon', 'VirtualMachineInstance cordon', `Node ${node?.metadata.name}`]); // prettier-ignore
    expect(await click('cordon', cureOf(found, 'uncordon'))).toEqual({ said: `${node?.metadata.name} takes machines again.` }); // prettier-ignore
    await heals('cordon');
    await lab.remove('cordon');
  });

  test('a restore that nobody finishes holds the start up; it is given up', async () => {
    await make(faulty('stuck', (_spec, vm) => void ((vm.spec ??= {})['runStrategy'] = 'Halted')));
    await lab.machine('stuck', ({ row }) => row.status === 'Stopped');
    const mark = lab.kind === 'engine' ? 'restoreInProgress' : 'snapshotInProgress';
    if (lab.kind === 'cluster')
      lab.cluster.put('snapshot.kubevirt.io', 'virtualmachinesnapshots', { apiVersion: 'snapshot.kubevirt.io/v1beta1', kind: 'VirtualMachineSnapshot', metadata: { name: 'nightly', namespace: 'default' }, spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'nobody' } }, status: { phase: 'InProgress' } }); // prettier-ignore
    await lab.kube.request('PATCH', `${vmPath}/stuck/status`, { status: { [mark]: 'nightly' } }, 'application/merge-patch+json'); // prettier-ignore
    await lab.api.machines.act({ ...ref('stuck'), action: 'start' });
    const found = await chain('stuck', 'snapshot-in-progress', ({ cures }) => cures.length > 1);
    expect(found.tone).toBe('wait');
    await click('stuck', cureOf(found, lab.kind === 'engine' ? 'removeRestore' : 'removeSnapshot'));
    await expect.poll(async () => JSON.stringify((await lab.get('kubevirt.io/v1', 'virtualmachines', 'stuck')).status)).not.toContain('nightly'); // prettier-ignore
    await heals('stuck');
    await lab.remove('stuck');
  });

  test('the list tells it in one line, and the history who cured what', async () => {
    await make(faulty('line', (spec) => void (spec.domain.memory.guest = '900Gi')));
    // The instance tells the reason, the machine the word: two objects, one after the other.
    const detail = await lab.machine('line', ({ row }) => row.why !== undefined && row.status === 'ErrorUnschedulable');
    expect(detail.row.why).toMatch(/Insufficient memory/);
    await click('line', { label: '', action: { type: 'power', action: 'forceStop' } });
    for await (const update of lab.api.audit.watch({})) {
      const entries = update.type === 'snapshot' ? update.items : [];
      expect(entries.filter(({ procedure }) => procedure === 'why.cure').map(({ what }) => what)).toContain('Cure: start or stop the machine'); // prettier-ignore
      break;
    }
    await lab.remove('line');
  });
});

describeTargets('why, as only a cluster can be', (lab) => {
  const { make, chain, click, heals } = faults(lab);
  test('a quota that is used up is raised', async () => {
    lab.cluster.put('', 'resourcequotas', { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'compute', namespace: 'default' }, spec: { hard: { 'limits.memory': '32Mi' } } }); // prettier-ignore
    await make(faulty('quota'));
    const found = await chain('quota', 'quota');
    expect(found.steps.at(-1)).toEqual({ object: 'ResourceQuota compute', says: 'limits.memory: 0 used and 64Mi asked for, of 32Mi.' }); // prettier-ignore
    expect(await click('quota', cureOf(found, 'raiseQuota'))).toEqual({ said: 'limits.memory is 64Mi in compute now.' });
    await heals('quota');
    await lab.kube.request('DELETE', '/api/v1/namespaces/default/resourcequotas/compute');
  });
  test('a claim of a storage class that is not there is asked for in another', async () => {
    await make(faulty('bound', (_spec, vm) => void (templateOf(vm).spec['storage'] = { storageClassName: 'gone', resources: { requests: { storage: '64Mi' } } }))); // prettier-ignore
    const found = await chain('bound', 'pvc-pending', ({ cures }) => cures.some(({ action }) => action.type === 'useStorageClass')); // prettier-ignore
    expect(found.steps.at(-1)).toEqual({ object: 'StorageClass gone', says: 'It does not exist.' });
    await click('bound', cureOf(found, 'useStorageClass'));
    await heals('bound');
  });
  test('no node with KVM: KubeVirt is told to do without', async () => {
    for (const { metadata } of lab.cluster.objects('', 'nodes'))
      lab.cluster.mutate('', 'nodes', undefined, metadata.name ?? '', (draft) => void Object.assign((draft.status as { allocatable: object }).allocatable, { 'devices.kubevirt.io/kvm': '0' })); // prettier-ignore
    await make(faulty('soft'));
    const found = await chain('soft', 'no-accelerator', ({ cures }) => cures.length > 0);
    expect(found.short).toMatch(/Insufficient devices.kubevirt.io\/kvm/);
    await click('soft', cureOf(found, 'softwareMode'));
    await heals('soft');
  });
  test('two Services want the same port of the nodes: the second gets another', async () => {
    const service = (name: string, ingress: object[]) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec: { type: 'LoadBalancer', selector: { 'hearth.dev/machine': name === 'soft-web' ? 'soft' : 'other' }, ports: [{ name: 'web', port: 8080, targetPort: 80, protocol: 'TCP' }] }, status: { loadBalancer: { ingress } } }); // prettier-ignore
    lab.cluster.put('', 'services', service('earlier', [{ ip: '10.0.0.9' }]));
    lab.cluster.put('', 'services', service('soft-web', []));
    const found = await chain('soft', 'port-taken');
    expect(found.short).toMatch(/belongs to the Service default\/earlier already/);
    expect(await click('soft', cureOf(found, 'changePort'))).toEqual({ said: 'It is reached at port 8081 now.' });
    await heals('soft');
  });
}, { kinds: ['cluster'] }); // prettier-ignore

describe('rights', () => {
  describeTargets('why, for somebody who may only look', (lab) => {
    test('what cannot be looked at is said; a cure that is refused says so', async () => {
      lab.cluster.put('kubevirt.io', 'virtualmachines', faulty('seen', (spec) => void spec.volumes.push({ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'x' } } }))); // prettier-ignore
      const detail = await lab.machine('seen', ({ why }) => why.length > 0);
      expect(detail.row.name).toBe('seen');
      await expect(lab.api.why.cure({ namespace: 'default', name: 'seen', cure: { type: 'uncordon', node: 'one' } })).rejects.toThrow(/may not do that/); // prettier-ignore
    });
  }, { kinds: ['cluster'], cluster: 'read-only' }); // prettier-ignore
});
