import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { converse } from '../../../main/cli/expect.ts';
import { bootDisc, bootDisk } from '../../support/operations/boot-media.ts';
import { describeTargets } from '../../support/operations/lab.ts';
import { cureOf, faults, faulty, templateOf } from '../../support/operations/why.ts';

const volumesPath = '/apis/cdi.kubevirt.io/v1beta1/namespaces/default/datavolumes';
const disk = (name: string, source: object) => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataVolume',
  metadata: { name, namespace: 'default' },
  spec: { source, storage: { resources: { requests: { storage: '64Mi' } } } },
});

const media: Record<string, Buffer> = {
  '/dead.img': bootDisk('Missing operating system'),
  '/good.img': bootDisk('A system is here'),
  '/dead.iso': bootDisc('Operating System not found'),
};
const web = createServer(({ url = '' }, response) => {
  const body = media[url] ?? Buffer.alloc(0);
  response.writeHead(200, { 'content-length': body.length }).end(body);
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

describeTargets('cures of a machine that waits', (lab) => {
  const { make, chain, click, heals } = faults(lab);

  test('another machine has what it needs: that one is shut down', async () => {
    await make(faulty('first'));
    await heals('first');
    // The engine's disk is in one machine at a time; the cluster's only node is full.
    const [node] = lab.kind === 'cluster' ? lab.cluster.objects('', 'nodes') : [];
    if (node)
      lab.cluster.mutate('', 'nodes', undefined, node.metadata.name ?? '', (draft) => void Object.assign((draft.status as { allocatable: object }).allocatable, { memory: '100Mi' })); // prettier-ignore
    await make(faulty('second', (spec, vm) => {
      if (lab.kind === 'cluster') return;
      spec.volumes = [{ name: 'root', dataVolume: { name: 'first-root' } }];
      delete vm.spec?.['dataVolumeTemplates'];
    })); // prettier-ignore
    const found = await chain('second', lab.kind === 'engine' ? 'disk-in-use' : 'not-enough-memory', ({ cures }) => cures.some(({ action }) => action.type === 'stopMachine')); // prettier-ignore
    const cure = cureOf(found, 'stopMachine');
    expect([cure.label, cure.asks !== undefined]).toEqual(['Shut down first', true]);
    expect(await click('second', cure)).toEqual({ said: 'first was asked to shut down.' });
    await heals('second');
    await lab.machine('first', ({ row }) => row.status === 'Stopped');
    await lab.remove('second');
    await lab.remove('first');
  });

  test('another Secret', async () => {
    await lab.kube.request('POST', '/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'there', namespace: 'default' }, type: 'Opaque', data: { userdata: Buffer.from('#cloud-config\n').toString('base64') } }); // prettier-ignore
    await make(faulty('seed', (spec) => {
      spec.volumes.push({ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'gone' } } });
      spec.domain.devices.disks.push({ name: 'seed', disk: { bus: 'virtio' } });
    })); // prettier-ignore
    const found = await chain('seed', 'missing-secret', ({ cures }) => cures.some(({ action }) => action.type === 'useSecret')); // prettier-ignore
    expect(await click('seed', cureOf(found, 'useSecret'))).toEqual({
      said: expect.stringMatching(/^It uses there now/),
    });
    await heals('seed');
    await lab.remove('seed');
  });

  test('another network: one that is there, or the pod network', async () => {
    await lab.api.why.cure({ namespace: 'default', name: 'any', cure: { type: 'createNetwork', network: { namespace: 'default', name: 'lab-b' } } }); // prettier-ignore
    for (const [name, label, said] of [
      ['beside', 'Use lab-b', /^lab is on default\/lab-b now/],
      ['alone', 'Use the pod network', /^lab is on the pod network now/],
    ] as const) {
      await make(faulty(name, (spec) => {
        const nic = { name: 'lab', bridge: {} };
        const network = { name: 'lab', multus: { networkName: 'gone' } };
        spec.domain.devices.interfaces = name === 'alone' ? [nic] : [...spec.domain.devices.interfaces, nic];
        spec.networks = name === 'alone' ? [network] : [...spec.networks, network];
      })); // prettier-ignore
      const found = await chain(name, 'missing-network', ({ cures }) => cures.some((each) => each.label === label));
      expect(
        await click(
          name,
          found.cures.find((each) => each.label === label),
        ),
      ).toEqual({ said: expect.stringMatching(said) });
      await heals(name);
      await lab.remove(name);
    }
  });
});

describeTargets(
  'cures of disks',
  (lab) => {
    const { make, chain, click, heals } = faults(lab);
    const add = async (name: string, path: string): Promise<void> => {
      await lab.kube.request('POST', volumesPath, disk(name, { http: { url: `${origin}${path}` } }));
    };
    const comesToLife = async (name: string): Promise<void> => {
      await heals(name);
      const line = converse(await lab.api.consoles.serial({ namespace: 'default', name }));
      await line.expect(/A system is here/, 30_000);
      line.close();
      await lab.machine(name, ({ why }) => why.length === 0);
    };

    test('a disk that is missing is made, and the machine runs', async () => {
      await make(faulty('lost', (_spec, vm) => void delete vm.spec?.['dataVolumeTemplates']));
      const found = await chain('lost', 'disk-missing');
      expect(found.steps.at(-1)?.object).toBe('PersistentVolumeClaim lost-root');
      await lab.kube.request('POST', volumesPath, disk('lost-root', { blank: {} }));
      await heals('lost');
      await lab.remove('lost');
    });

    test('the first disk has no system: the machine starts from another', async () => {
      await add('good', '/good.img');
      await make(faulty('order', (spec, vm) => {
        templateOf(vm).spec['source'] = { http: { url: `${origin}/dead.img` } };
        spec.volumes.push({ name: 'other', dataVolume: { name: 'good' } });
        spec.domain.devices.disks = [{ name: 'root', bootOrder: 1, disk: { bus: 'virtio' } }, { name: 'other', disk: { bus: 'virtio' } }];
      })); // prettier-ignore
      const found = await chain('order', 'no-sign-of-life');
      expect(found.short).toContain('Missing operating system');
      expect(await click('order', cureOf(found, 'bootFrom'))).toEqual({ said: 'other is tried first; the machine is restarted.' }); // prettier-ignore
      await comesToLife('order');
      await lab.remove('order');
    });

    test('a disc with no system is taken out', async () => {
      await add('disc', '/dead.iso');
      await make(faulty('drive', (spec, vm) => {
        templateOf(vm).spec['source'] = { http: { url: `${origin}/good.img` } };
        spec.volumes.push({ name: 'cd', dataVolume: { name: 'disc', hotpluggable: true } });
        spec.domain.devices.disks = [{ name: 'cd', bootOrder: 1, cdrom: { bus: 'sata' } }, { name: 'root', bootOrder: 2, disk: { bus: 'virtio' } }];
      })); // prettier-ignore
      const found = await chain('drive', 'no-sign-of-life');
      expect(found.short).toContain('Operating System not found');
      const cure = cureOf(found, 'eject');
      expect(cure.asks).toBeDefined();
      expect(await click('drive', cure)).toEqual({ said: 'The drive cd is empty; the machine is restarted.' });
      await comesToLife('drive');
      await lab.remove('drive');
    });
  },
  { kinds: ['engine'] },
);
