import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestEngine } from '../../support/engine.ts';
import { vmObject } from '../../support/machine-lab.ts';
import { starterImage } from '../../support/starter.ts';

let engine: TestEngine;
const subresource = '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/guest';
const kubectl = async (...args: string[]) => (await engine.kubectl(args)).all;
const create = async (...items: object[]) =>
  engine.kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });

const userData = `#cloud-config
hostname: guest
password: hearth
runcmd:
- echo UP > /dev/ttyS0
`;
const dataVolume = (name: string, source: object, annotations: object = {}) => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataVolume',
  metadata: { name, namespace: 'default', annotations },
  spec: { source, storage: { resources: { requests: { storage: '2Gi' } } } },
});
const instance = (name: string, volumes: object[], disks: object[]) => {
  const { spec } = vmObject(name) as unknown as { spec: { template: { spec: { domain: { devices: object } } } } };
  const { domain, ...rest } = spec.template.spec;
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: { ...rest, terminationGracePeriodSeconds: 0, domain: { ...domain, devices: { ...domain.devices, disks } }, volumes },
  }; // prettier-ignore
};

beforeAll(async () => {
  const image = await starterImage();
  engine = await TestEngine.start();
  const made = await create(
    dataVolume('starter', { upload: {} }, { 'hearth.dev/import-from-path': image, 'hearth.dev/import-mode': 'copy' }),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'seed', namespace: 'default' }, stringData: { userdata: userData } },
    instance(
      'guest',
      [
        { name: 'root', ephemeral: { persistentVolumeClaim: { claimName: 'starter' } } },
        { name: 'cloud', cloudInitNoCloud: { secretRef: { name: 'seed' } } },
      ],
      [{ name: 'root', disk: { bus: 'virtio' } }, { name: 'cloud', disk: { bus: 'scsi' } }],
    ),
  ); // prettier-ignore
  const waited = await kubectl('wait', 'vmi/guest', '--for=condition=AgentConnected', '--timeout=28s');
  if (!waited.includes('met')) throw new Error(`the guest did not come up: ${made.stderr} ${waited}`);
}, 180_000);
afterAll(async () => {
  await kubectl('delete', 'vm,vmi', '--all', '--timeout=25s');
  await engine.remove();
});

describe('an instance without a machine above it', () => {
  it('names users and file systems by its agent', async () => {
    const users = await engine.json<{ items: unknown[] }>(`${subresource}/userlist`);
    expect(users).toMatchObject({ code: 200, json: { items: [] } });
    const systems = await engine.json<{ items: { mountPoint: string; totalBytes: number }[] }>(`${subresource}/filesystemlist`);
    expect(systems.json.items.find(({ mountPoint }) => mountPoint === '/')?.totalBytes).toBeGreaterThan(2 ** 24);
  }); // prettier-ignore

  it('freezes and thaws its file systems, and takes no nonsense for a time', async () => {
    const call = (name: string, send?: unknown) => engine.request(`${subresource}/${name}`, { method: 'PUT', body: JSON.stringify(send ?? {}), headers: { 'content-type': 'application/json' } }); // prettier-ignore
    const refused = await call('freeze', { unfreezeTimeout: 'a while' });
    expect([refused.code, refused.body]).toEqual([
      400,
      expect.stringContaining('"a while\\" is no duration') as string,
    ]);
    expect((await call('freeze', { unfreezeTimeout: '5m0s' })).code).toBe(200);
    expect((await call('unfreeze')).code).toBe(200);
    // Thaws by itself: the agent answers this only when nothing is frozen.
    expect((await call('freeze', { unfreezeTimeout: '300ms' })).code).toBe(200);
    await expect.poll(async () => (await engine.request(`${subresource}/filesystemlist`)).code, { timeout: 10_000 }).toBe(200); // prettier-ignore
  });

  it('is gone with its process when it is deleted', async () => {
    expect(await kubectl('delete', 'vmi', 'guest', '--timeout=25s')).toContain('deleted');
    expect((await engine.kubectl(['get', 'vmi'])).all).toContain('No resources found');
  });
});

describe('a disk that failed', () => {
  it('is made anew when its DataVolume is deleted, though its machine waits for it', async () => {
    const vm = vmObject('again', { spec: { terminationGracePeriodSeconds: 0, volumes: [{ name: 'root', dataVolume: { name: 'again-root' } }] } }); // prettier-ignore
    const template = (dataVolume('again-root', { pvc: { namespace: 'default', name: 'late' } }) as { spec: object })
      .spec;
    await create(dataVolume('late', { upload: {} }, { 'hearth.dev/import-from-path': '/nowhere', 'hearth.dev/import-mode': 'copy' })); // prettier-ignore
    await kubectl('wait', 'dv/late', '--for=jsonpath={.status.phase}=Failed', '--timeout=20s');
    await create({ ...vm, spec: { ...vm.spec, dataVolumeTemplates: [{ metadata: { name: 'again-root' }, spec: template }] } }); // prettier-ignore
    await kubectl('wait', 'vm/again', '--for=jsonpath={.status.printableStatus}=DataVolumeError', '--timeout=20s');
    expect(await kubectl('get', 'vm', 'again', '-o', 'jsonpath={.status.conditions}')).toContain('its import failed');
    await kubectl('delete', 'dv', 'late', '--timeout=20s');
    await create(dataVolume('late', { blank: {} }));
    await kubectl('delete', 'dv', 'again-root', '--timeout=20s');
    expect(await kubectl('wait', 'vm/again', '--for=condition=Ready', '--timeout=25s')).toContain('condition met');
  });
});

describe('a Service', () => {
  it('is applied whole again, with the status that the engine gave it', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'door', namespace: 'default' }, spec: { type: 'NodePort', selector: { app: 'guest' }, ports: [{ port: 22 }] } }; // prettier-ignore
    await create(service);
    await kubectl('wait', 'svc/door', '--for=jsonpath={.status.conditions[0].type}=hearth.dev/Forwarded', '--timeout=20s'); // prettier-ignore
    const applied = await engine.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(service) });
    expect(applied.all).toContain('serverside-applied');
  });
});

describe('uploads', () => {
  it('say why a claim of its own cannot be filled', async () => {
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'bare', namespace: 'default', annotations: { 'cdi.kubevirt.io/storage.upload.target': '' } }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }; // prettier-ignore
    expect((await create(claim)).all).toContain('virtctl image-upload dv');
  });
  it('say that forms are not taken', async () => {
    const reply = await engine.request('/v1beta1/upload-form', { method: 'POST', body: 'x' });
    expect([reply.code, reply.body]).toEqual([404, expect.stringContaining('upload-async') as string]);
  });
});
