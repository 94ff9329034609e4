import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { importProgress, transferText } from '../../../main/backend/images/follow.ts';
import { imageObject } from '../../../main/backend/images/manifest.ts';
import { imageRow, imageStatus } from '../../../main/backend/images/row.ts';
import { usersOfImages } from '../../../main/backend/images/used-by.ts';

const image = (status: Record<string, unknown>, spec: Record<string, unknown> = { source: { http: { url: 'https://x/a.qcow2' } } }): KubeObject => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataVolume',
  metadata: { name: 'a', namespace: 'hearth-images', uid: 'u', labels: {}, annotations: {} },
  spec,
  status,
}); // prettier-ignore
const running = (reason: string, message: string) => [{ type: 'Running', status: 'False', reason, message }];

describe('how an image stands', () => {
  it.each([
    [{ phase: 'Succeeded' }, { state: 'ready' }],
    [
      { phase: 'ImportInProgress', progress: '12.50%' },
      { state: 'importing', progress: 0.125 },
    ],
    [{ phase: 'ImportScheduled', progress: 'N/A' }, { state: 'importing' }],
    [
      { phase: 'Failed', conditions: running('BackingFile', 'It names another file.') },
      { state: 'failed', problem: 'It names another file.' },
    ],
    // CDI tries again for ever: the reason of the last failure is told, and it is still importing.
    [
      { phase: 'ImportInProgress', progress: '0.00%', conditions: running('Error', 'Unable to connect') },
      { state: 'importing', progress: 0, problem: 'Unable to connect' },
    ],
  ])('%j', (status, expected) => {
    expect(imageStatus(image(status), false)).toEqual(expected);
  });

  it('an upload waits for bytes unless a task of ours works on it', () => {
    const upload = image({ phase: 'UploadReady' }, { source: { upload: {} } });
    expect(imageStatus(upload, false).state).toBe('waiting');
    expect(imageStatus(upload, true).state).toBe('importing');
  });
});

it('an image of a newer Hearth or of kubectl is shown with what is known of it', () => {
  expect(imageRow(image({ phase: 'Succeeded' }), { working: false, usedBy: ['b/b', 'a/a'] })).toEqual({
    uid: 'u',
    namespace: 'hearth-images',
    name: 'a',
    displayName: 'a',
    state: 'ready',
    kind: 'disk',
    source: 'https://x/a.qcow2',
    checksumVerified: false,
    usedBy: ['a/a', 'b/b'],
    cloudInit: false,
    createdAt: '',
  });
});

it('the DataVolume of an image says everything its row shows', () => {
  const made = imageObject({
    name: 'deb',
    displayName: 'Debian',
    origin: 'https://x/deb.qcow2',
    source: { type: 'http', url: 'https://x/deb.qcow2', checksum: `sha256:${'a'.repeat(64)}`, mirrors: ['https://y/deb.qcow2'] },
    kind: 'disk',
    virtualSize: 3 * 1024 ** 3,
    preference: 'debian',
    defaultUser: 'debian',
    minMemory: 512 * 1024 ** 2,
    catalogueId: 'debian-13',
  }); // prettier-ignore
  expect(made.spec).toEqual({
    source: { http: { url: 'https://x/deb.qcow2', checksum: `sha256:${'a'.repeat(64)}` } },
    storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '3Gi' } } },
  });
  expect(made.metadata.annotations?.['hearth.dev/mirrors']).toBe('["https://y/deb.qcow2"]');
  expect(imageRow(made, { working: true, usedBy: [] })).toMatchObject({
    displayName: 'Debian',
    preference: 'debian',
    defaultUser: 'debian',
    minMemory: 512 * 1024 ** 2,
    cloudInit: true,
    catalogueId: 'debian-13',
    checksum: `sha256:${'a'.repeat(64)}`,
  });
});

it('machines use an image by a template, by a DataVolume they name, and by a claim', () => {
  const machine = (name: string, spec: object): KubeObject => ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: 'lab' },
    spec: spec as Record<string, unknown>,
  });
  const from = (name: string) => ({ source: { pvc: { namespace: 'hearth-images', name } } });
  const volumes = (...list: object[]) => ({ template: { spec: { volumes: list } } });
  const clone: KubeObject = {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: 'disc', namespace: 'lab' },
    spec: from('iso'),
  };
  const users = usersOfImages(
    [
      machine('one', { dataVolumeTemplates: [{ spec: from('debian') }, { spec: { source: { blank: {} } } }] }),
      machine('two', volumes({ name: 'cd', persistentVolumeClaim: { claimName: 'disc' } })),
      machine('three', volumes({ name: 'root', dataVolume: { name: 'other' } })),
      machine('four', { dataVolumeTemplates: [{ spec: { source: { pvc: { name: 'debian' } } } }] }),
    ],
    [clone],
  );
  expect(Object.fromEntries([...users].map(([name, all]) => [name, [...all]]))).toEqual({
    debian: ['lab/one'],
    iso: ['lab/two'],
  });
});

it('progress tells amount, rate and the seconds left', () => {
  const mib = 1024 ** 2;
  expect(transferText(212 * mib, 431 * mib, 38 * mib)).toEqual({ detail: '212 of 431 MiB, 38 MiB/s', secondsLeft: 6 });
  expect(transferText(5.25 * mib)).toEqual({ detail: '5.3 MiB' });
  const volume = image({ phase: 'ImportInProgress', progress: '50.00%' });
  volume.metadata.annotations = { 'hearth.dev/bytes-done': String(mib), 'hearth.dev/bytes-total': String(mib) };
  expect(importProgress(volume)).toEqual({ progress: 0.5, detail: 'Checking and converting', secondsLeft: undefined });
});
