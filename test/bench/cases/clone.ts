import { execa } from 'execa';
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import { kubeOf } from '../../support/kube.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';

const dataVolumes = (namespace: string): string => `/apis/cdi.kubevirt.io/v1beta1/namespaces/${namespace}/datavolumes`;
const size = '2Gi';

/** 2 GiB that nothing can compress or leave out. */
function randomFile(path: string, bytes: number): void {
  const file = openSync(path, 'w', 0o600);
  const chunk = Buffer.alloc(16 * 2 ** 20);
  for (let done = 0; done < bytes; done += chunk.length) writeSync(file, randomFillSync(chunk));
  closeSync(file);
}

/** A new disk from a 2 GiB image: the DataVolume from POST to Succeeded, against a full copy and the bare overlay. */
export async function measure(): Promise<Figure[]> {
  const data = temporaryDataDir();
  const hearth = await startHearth(data.path);
  try {
    const source = join(data.path, 'random.raw');
    randomFile(source, 2 * 2 ** 30);
    const kube = kubeOf(hearth.kubeconfig);
    const volume = (namespace: string, name: string, spec: object, annotations = {}) => ({
      apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', metadata: { namespace, name, annotations },
      spec: { ...spec, storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } } },
    }); // prettier-ignore
    const make = async (namespace: string, name: string, spec: object, annotations = {}): Promise<number> => {
      const started = performance.now();
      const seen = kube.watch(`${dataVolumes(namespace)}?fieldSelector=metadata.name%3D${name}`, ({ object }) => {
        const phase = object.status?.['phase'];
        if (phase === 'Failed') throw new Error(JSON.stringify(object.status));
        return phase === 'Succeeded';
      });
      await kube.request('POST', dataVolumes(namespace), volume(namespace, name, spec, annotations));
      await seen;
      return performance.now() - started;
    };
    await make(
      'hearth-images',
      'two-gib',
      { source: { upload: {} } },
      { 'hearth.dev/import-from-path': source, 'hearth.dev/import-mode': 'in-place' },
    );
    const clones: number[] = [];
    for (let run = 0; run < 9; run += 1)
      clones.push(
        await make('default', `clone-${run}`, { source: { pvc: { namespace: 'hearth-images', name: 'two-gib' } } }),
      );
    const copies: number[] = [];
    const overlays: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const started = performance.now();
      await execa('cp', ['--reflink=auto', source, `${source}.copy`]);
      copies.push(performance.now() - started);
      rmSync(`${source}.copy`);
      const bare = performance.now();
      await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', source, '-F', 'raw', `${source}.overlay`]);
      overlays.push(performance.now() - bare);
      rmSync(`${source}.overlay`);
    }
    return [
      {
        what: 'clone of a 2 GiB image, POST to Succeeded',
        ours: median(clones),
        bare: median(copies),
        bareName: 'cp',
        unit: 'ms',
        better: 'lower',
        goal: { ratio: 0.1 },
        note: 'median of 9',
      },
      {
        what: 'the same beside the bare overlay',
        ours: median(clones),
        bare: median(overlays),
        bareName: 'qemu-img create -b',
        unit: 'ms',
        better: 'lower',
      },
    ];
  } finally {
    await hearth.stop();
    data.remove();
  }
}
