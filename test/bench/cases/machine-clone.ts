import { execa } from 'execa';
import { randomFillSync } from 'node:crypto';
import { closeSync, createWriteStream, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import { kubeOf } from '../../support/kube.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';
import { children, cpuSeconds } from '../processes.ts';

const GiB = 2 ** 30;
const virtual = 64 * GiB;
const written = GiB / 16;
const clonings = 9;

/** A disk of 64 GiB with 64 MiB that nothing can compress, spread over all of it. */
async function sparseImage(path: string): Promise<void> {
  const raw = `${path}.raw`;
  const file = openSync(raw, 'w', 0o600);
  const chunk = Buffer.alloc(2 ** 20);
  const count = written / chunk.length;
  for (let at = 0; at < count; at += 1) writeSync(file, randomFillSync(chunk), 0, chunk.length, (virtual / count) * at);
  closeSync(file);
  await execa('truncate', ['-s', String(virtual), raw]);
  await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, path]);
  rmSync(raw);
}

/** Linked clones of a machine with a large sparse disk against a bare overlay; its export against a bare compressed copy. */
export async function measure(): Promise<Figure[]> {
  const data = temporaryDataDir();
  const hearth = await startHearth(data.path);
  const folder = join(data.path, 'bench');
  mkdirSync(folder);
  try {
    const image = join(folder, 'sparse.qcow2');
    await sparseImage(image);
    const kube = kubeOf(hearth.kubeconfig);
    const until = (path: string, name: string, over: (object: KubeObject) => boolean): Promise<unknown> =>
      kube.watch(`${path}?fieldSelector=metadata.name%3D${name}`, ({ object }) => over(object));
    const dataVolumes = '/apis/cdi.kubevirt.io/v1beta1/namespaces/default/datavolumes';
    await kube.request('POST', dataVolumes, {
      apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume',
      metadata: { name: 'source', annotations: { 'hearth.dev/import-from-path': image } },
      spec: { source: { upload: {} }, storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Gi' } } } },
    }); // prettier-ignore
    await until(dataVolumes, 'source', ({ status }) => {
      if (status?.['phase'] === 'Failed') throw new Error(JSON.stringify(status));
      return status?.['phase'] === 'Succeeded';
    });
    await kube.request('POST', '/apis/kubevirt.io/v1/namespaces/default/virtualmachines', {
      apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'source' },
      spec: { runStrategy: 'Halted', template: { spec: {
        domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] } },
        volumes: [{ name: 'root', dataVolume: { name: 'source' } }],
      } } },
    }); // prettier-ignore
    await until('/apis/kubevirt.io/v1/namespaces/default/virtualmachines', 'source', ({ status }) => status?.['printableStatus'] === 'Stopped'); // prettier-ignore
    const machine = (name: string) => ({ apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name });
    const clones = '/apis/clone.kubevirt.io/v1beta1/namespaces/default/virtualmachineclones';
    const ours: number[] = [];
    const overlays: number[] = [];
    const backend = hearth.process.pid ?? 0;
    const engine = children(backend).find((pid) =>
      /engine|embedded/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')),
    );
    if (engine === undefined) throw new Error('the engine is not among the children of Hearth');
    const before = cpuSeconds(engine);
    for (let run = 0; run < clonings; run += 1) {
      const name = `clone-${run}`;
      const started = performance.now();
      const seen = until(clones, name, ({ status }) => {
        if (status?.['phase'] === 'Failed') throw new Error(JSON.stringify(status));
        return status?.['phase'] === 'Succeeded';
      });
      await kube.request('POST', clones, { apiVersion: 'clone.kubevirt.io/v1beta1', kind: 'VirtualMachineClone', metadata: { name }, spec: { source: machine('source'), target: machine(name) } }); // prettier-ignore
      await seen;
      ours.push(performance.now() - started);
      const bare = performance.now();
      await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', 'qcow2', `${image}.overlay`]);
      overlays.push(performance.now() - bare);
      rmSync(`${image}.overlay`);
    }
    const engineTime = ((cpuSeconds(engine) - before) / clonings) * 1000;
    const exports = '/apis/export.kubevirt.io/v1/namespaces/default/virtualmachineexports';
    const exported: number[] = [];
    const copied: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const name = `out-${run}`;
      const started = performance.now();
      await kube.request('POST', exports, { apiVersion: 'export.kubevirt.io/v1', kind: 'VirtualMachineExport', metadata: { name, annotations: { 'hearth.dev/prepare': 'qcow2' } }, spec: { source: machine('clone-0') } }); // prettier-ignore
      let object: KubeObject | undefined;
      await until(exports, name, (each) => {
        object = each;
        return each.status?.['phase'] === 'Ready';
      });
      const links = object?.status?.['links'] as { external: { cert: string; volumes: { formats: { format: string; url: string }[] }[] } }; // prettier-ignore
      const url = links.external.volumes[0]?.formats.find(({ format }) => format === 'qcow2')?.url ?? '';
      const secret = (await kube.request('GET', `/api/v1/namespaces/default/secrets/export-token-${name}`)) as unknown as { data: { token: string } }; // prettier-ignore
      await new Promise<void>((resolve, reject) => {
        const headers = { 'x-kubevirt-export-token': Buffer.from(secret.data.token, 'base64').toString() };
        https
          .get(url, { ca: links.external.cert, headers }, (answer) => {
            pipeline(answer, createWriteStream(join(folder, 'out'))).then(resolve, reject);
          })
          .once('error', reject);
      });
      exported.push(performance.now() - started);
      await kube.request('DELETE', `${exports}/${name}`);
      const bare = performance.now();
      await execa('qemu-img', ['convert', '-c', '-f', 'qcow2', '-O', 'qcow2', image, join(folder, 'bare.qcow2')]);
      copied.push(performance.now() - bare);
      rmSync(join(folder, 'bare.qcow2'));
    }
    return [
      {
        what: 'linked clone of a machine with 64 GiB (sparse), POST to Succeeded',
        ours: median(ours),
        bare: median(overlays),
        bareName: 'qemu-img create -b',
        unit: 'ms',
        better: 'lower',
        note: `median of ${clonings}`,
      },
      {
        what: 'the engine’s own time for that clone',
        ours: engineTime,
        unit: 'ms',
        better: 'lower',
        goal: { own: 100 },
        note: `CPU of the engine, mean of ${clonings}`,
      },
      {
        what: 'export of that machine, 64 MiB of data, POST to the last byte',
        ours: median(exported),
        bare: median(copied),
        bareName: 'qemu-img convert -c',
        unit: 'ms',
        better: 'lower',
        note: 'median of 3',
      },
    ];
  } finally {
    await hearth.stop();
    data.remove();
  }
}
