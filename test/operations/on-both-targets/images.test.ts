import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tus from 'tus-js-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pick, pickText } from '../../../main/backend/target/pick.ts';
import { blank, describeTargets, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';
import { on } from '../../support/scripted-cluster/cluster.ts';
import { signIn } from '../../support/hearth.ts';

let web: Server;
let address: string;
let folder: string;
const bytes = Buffer.alloc(1024 * 1024, 7);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-images-'));
  web = createServer((request, response) => {
    if (request.url === '/gone.img') response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
});
afterAll(() => {
  web.closeAllConnections();
  web.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As the page in the browser sends a file. */
async function upload(lab: OperationsLab, name: string): Promise<string> {
  const ticket = await lab.api.images.startUpload({ name, fileName: `${name}.img`, size: bytes.length });
  const page = lab.backend.web;
  const cookie = await signIn(page?.signInUrl() ?? '');
  await new Promise<void>((resolve, reject) => {
    new tus.Upload(bytes, {
      endpoint: `${page?.address}${ticket.endpoint}`,
      metadata: { uploadId: ticket.uploadId },
      headers: { cookie, origin: page?.address ?? '' },
      retryDelays: [],
      onSuccess: () => resolve(),
      onError: reject,
    }).start();
  });
  return ticket.taskId;
}
const rowOf = (lab: OperationsLab, name: string) => async () => {
  const first = await until(lab.api.images.watch({}), ({ type }) => type === 'snapshot');
  return first.type === 'snapshot' ? first.items.find((each) => each.name === name) : undefined;
};

describeTargets('images', (lab) => {
  test('from an address, with progress, and a machine from it', async () => {
    const { taskId, image } = await lab.api.images.addFromUrl({ name: 'fetched', url: `${address}/disk.img` });
    await lab.done(taskId);
    expect(await rowOf(lab, 'fetched')()).toMatchObject({ state: 'ready', name: 'fetched' });
    await lab.create(blank('from-image', { source: { type: 'image', image }, rootDisk: { bus: 'virtio' } }));
    await lab.machine('from-image', ({ row }) => row.status === 'Stopped');
    await lab.remove('from-image');
  });
  test('uploaded from the browser', async () => {
    await lab.done(await upload(lab, 'sent'));
    await expect.poll(rowOf(lab, 'sent')).toMatchObject({ state: 'ready' });
  });
  test('a file of this computer: seen where the target sees it, sent where it does not', async () => {
    const path = join(folder, 'local.img');
    await writeFile(path, bytes);
    const { taskId } = await lab.api.images.addFromFile({ path, name: 'local', mode: 'copy' });
    await lab.done(taskId);
    await lab.api.images.remove({ namespace: 'hearth-images', name: 'local' });
    await expect.poll(rowOf(lab, 'local')).toBeUndefined();
  });
});

describeTargets(
  'uploads to CDI',
  (lab) => {
    test('go through a port-forward to the proxy, with a token; a proxy that is not ready is asked again', async () => {
      lab.cluster.uploads.codes.push(503);
      await lab.done(await upload(lab, 'patient'));
      expect(lab.cluster.uploads.received.get('hearth-images/patient')).toBe(bytes.length);
      expect(lab.cluster.uploads.requests.map(({ code }) => code)).toEqual([503, 200]);
      expect(lab.cluster.seen.some(({ path }) => path.includes('/pods/cdi-uploadproxy-7d9f5/portforward?ports=8443'))).toBe(true); // prettier-ignore
      const tokens = lab.cluster.seen.filter(({ path }) => path.includes('uploadtokenrequests'));
      expect(tokens).toHaveLength(2); // each try with a token of its own: they are good for five minutes
    });
    test('an import that the target cannot do tells why, while it is tried again', async () => {
      lab.cluster.failingImports.set('http://images.example/none.qcow2', 'Unable to connect to http data source: expected status code 200, got 404. Status: 404 Not Found'); // prettier-ignore
      const { taskId } = await lab.api.images.addFromUrl({ name: 'broken', url: 'http://images.example/none.qcow2' });
      await expect.poll(async () => (await rowOf(lab, 'broken')())?.problem).toMatch(/got 404/);
      await lab.api.tasks.cancel({ id: taskId });
      await expect.poll(rowOf(lab, 'broken')).toBeUndefined();
    });
    test('images bind at once, whatever the class does; disks of machines wait for their machine', async () => {
      const { taskId, image } = await lab.api.images.addFromUrl({ name: 'early', url: `${address}/disk.img` });
      await lab.done(taskId);
      await lab.create(blank('late', { source: { type: 'image', image }, rootDisk: { bus: 'virtio' } }));
      const phase = async () => pickText(await lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', 'late-root').catch(() => ({})), 'status', 'phase'); // prettier-ignore
      await expect.poll(phase).toBe('WaitForFirstConsumer');
      await lab.api.machines.act({ namespace: 'default', name: 'late', action: 'start', deleteDisks: true });
      await lab.machine('late', ({ row }) => row.status === 'Running');
      expect(await phase()).toBe('Succeeded');
    });
  },
  { kinds: ['cluster'] },
);
describeTargets(
  'golden images',
  (lab) => {
    test('stand in the library, a machine is made from one, and they are not ours to remove', async () => {
      const claim = { namespace: 'golden', name: 'debian-13-abc' };
      lab.cluster.put('', 'persistentvolumeclaims', { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: claim, spec: {}, status: { phase: 'Bound', capacity: { storage: '5Gi' } } }); // prettier-ignore
      lab.cluster.put('cdi.kubevirt.io', 'datasources', {
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'DataSource',
        metadata: { namespace: 'golden', name: 'debian-13', labels: { 'cdi.kubevirt.io/dataImportCron': 'debian-13-daily', 'instancetype.kubevirt.io/default-preference': 'debian' } }, // prettier-ignore
        spec: { source: { pvc: claim } },
        status: { source: { pvc: claim }, conditions: [{ type: 'Ready', status: 'True', reason: 'Ready' }] },
      });
      await expect.poll(rowOf(lab, 'debian-13')).toMatchObject({ state: 'ready', golden: true, preference: 'debian' });
      const image = { namespace: 'golden', name: 'debian-13' };
      await expect(lab.api.images.remove(image)).rejects.toThrow(/no image of the library/);
      await lab.create(
        blank('from-golden', { source: { type: 'image', image }, rootDisk: { bus: 'virtio' }, start: true }),
      );
      await lab.machine('from-golden', ({ row }) => row.status === 'Running');
      const disk = await lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', 'from-golden-root');
      // CDI chooses how the disk is opened: shared by the nodes, so that the machine can move.
      expect(disk.spec).toEqual({ sourceRef: { kind: 'DataSource', ...image }, storage: { resources: { requests: { storage: '5Gi' } } } }); // prettier-ignore
      expect(pick(await lab.get('v1', 'persistentvolumeclaims', 'from-golden-root'), 'spec', 'accessModes')).toEqual(['ReadWriteMany']); // prettier-ignore
      lab.cluster.store.delete(on.dataSources, 'golden', 'debian-13');
      await expect.poll(rowOf(lab, 'debian-13')).toBeUndefined();
    });
  },
  { kinds: ['cluster'], cluster: 'two-nodes-rwx' },
);
describeTargets(
  'uploads to CDI by its address',
  (lab) => {
    test('are trusted by the signer that CDI publishes', async () => {
      await lab.done(await upload(lab, 'direct'));
      expect(lab.cluster.uploads.received.get('hearth-images/direct')).toBe(bytes.length);
      expect(lab.cluster.seen.some(({ path }) => path.includes('/portforward'))).toBe(false);
    });
  },
  { kinds: ['cluster'], uploadProxyUrl: true },
);
