import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startDisks } from '../../../main/embedded/disks/disks.ts';
import type { RunningDisks } from '../../../main/embedded/disks/disks.ts';
import type { EngineContext, Log } from '../../../main/embedded/kube/context.ts';
import type { Condition, KubeObject, Stored } from '../../../main/embedded/kube/object.ts';
import {
  namespaces,
  dataVolumes,
  persistentVolumeClaims,
  virtualMachineInstances,
} from '../../../main/embedded/kube/resources.ts';
import { ObjectStore } from '../../../main/embedded/store/object-store.ts';

const execute = promisify(execFile);
export const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (fields, message) =>
    process.stderr.write(`${message} ${JSON.stringify(fields)} ${String((fields as { error?: unknown }).error)}\n`),
  child: () => quiet,
};

export const qemuImg = async (...argv: string[]): Promise<string> => (await execute('qemu-img', argv)).stdout;

/** The context of an engine with its data in `root`. */
export function contextIn(
  root: string,
  signal: AbortSignal,
  program = 'qemu-img',
): EngineContext & { events: { reason: string; message: string }[] } {
  const events: { reason: string; message: string }[] = [];
  const store = new ObjectStore({ root, log: quiet });
  for (const name of ['default', 'hearth-images'])
    if (!store.get(namespaces, undefined, name))
      store.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return {
    store,
    config: {
      accelerator: 'tcg',
      qemuBinary: 'qemu-system-x86_64',
      qemuImg: program,
      firmware: {},
      nodeName: 'lab',
      cpus: 2,
      memory: 2 ** 31,
    },
    paths: {
      root,
      objects: join(root, 'objects'),
      disks: join(root, 'disks'),
      scratch: join(root, 'scratch'),
      machines: join(root, 'machines'),
      run: join(root, 'run'),
      assets: join(root, 'assets'),
    },
    log: quiet,
    event: (_about, _type, reason, message) => void events.push({ reason, message }),
    signal,
    events,
  };
}

/** Storage of an engine on a real store in a temporary folder. */
export interface Lab {
  root: string;
  context: ReturnType<typeof contextIn>;
  disks: RunningDisks;
  /** Creates a DataVolume in `default`. */
  volume(name: string, source: object, options?: VolumeOptions): Stored;
  /** Resolves with the DataVolume once its phase is one of these. */
  phase(name: string, ...phases: string[]): Promise<Stored>;
  /** Creates an instance with one volume per claim name and opens the first. */
  machine(name: string, claims: string[], phase?: string): Stored;
  restart(): Promise<void>;
  end(): Promise<void>;
}
export interface VolumeOptions {
  size?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  namespace?: string;
}

export async function startLab(program = 'qemu-img'): Promise<Lab> {
  const root = await mkdtemp(join(tmpdir(), 'hearth-disks-'));
  await mkdir(join(root, 'machines'));
  let stopper = new AbortController();
  const lab: Lab = {
    root,
    context: contextIn(root, stopper.signal, program),
    disks: undefined as unknown as RunningDisks,
    volume: (name, source, options = {}) => lab.context.store.create(dataVolumes, volumeObject(name, source, options)),
    phase: (name, ...phases) => waitFor(lab, name, phases),
    machine: (name, claims, phase = 'Running') =>
      lab.context.store.create(virtualMachineInstances, {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstance',
        metadata: { name, namespace: 'default' },
        spec: {
          domain: { devices: { disks: claims.map((claim) => ({ name: claim, disk: { bus: 'virtio' } })) } },
          volumes: claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: claim } })),
        },
        status: { phase },
      }),
    restart: async () => {
      await lab.disks.stop();
      // As the end of its process would: what it meant to look at again later would sweep without knowing of the next one.
      stopper.abort();
      lab.context.store.close();
      stopper = new AbortController();
      lab.context = contextIn(root, stopper.signal, program);
      lab.disks = startDisks(lab.context);
      await lab.disks.ready;
    },
    end: async () => {
      stopper.abort();
      await lab.disks.stop();
      lab.context.store.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  lab.disks = startDisks(lab.context);
  await lab.disks.ready;
  return lab;
}

export const volumeObject = (name: string, source: object, options: VolumeOptions = {}): KubeObject => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataVolume',
  metadata: {
    name,
    namespace: options.namespace ?? 'default',
    ...(options.labels ? { labels: options.labels } : {}),
    ...(options.annotations ? { annotations: options.annotations } : {}),
  },
  spec: { source, storage: { resources: { requests: { storage: options.size ?? '1Gi' } } } },
});

function waitFor(lab: Lab, name: string, phases: string[], namespace = 'default'): Promise<Stored> {
  return new Promise((resolve, reject) => {
    const { store } = lab.context;
    const check = (): boolean => {
      const found = store.get(dataVolumes, namespace, name);
      const phase = String(found?.status?.['phase']);
      if (found && phases.includes(phase)) resolve(found);
      else if (phase === 'Failed') reject(new Error(`${name} failed: ${running(found)?.message}`));
      else return false;
      return true;
    };
    if (check()) return;
    const stop = store.watch(dataVolumes, () => {
      if (check()) stop();
    });
  });
}

/** The condition that holds a failure's text. */
export const running = (volume: Stored | undefined): Condition | undefined =>
  (volume?.status?.['conditions'] as Condition[] | undefined)?.find(({ type }) => type === 'Running');

/** Uid of a claim. */
export const claimUid = (lab: Lab, name: string): string =>
  lab.context.store.get(persistentVolumeClaims, 'default', name)?.metadata.uid ?? '';
