import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdmission } from '../../../main/embedded/admission/admission.ts';
import type { AdmissionRequest } from '../../../main/embedded/admission/admission.ts';
import type { EngineConfig, EngineContext, Log } from '../../../main/embedded/kube/context.ts';
import type { KubeObject, Stored } from '../../../main/embedded/kube/object.ts';
import { virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { StatusError } from '../../../main/embedded/kube/status-error.ts';
import { seedObjects } from '../../../main/embedded/seed/seed.ts';
import { ObjectStore } from '../../../main/embedded/store/object-store.ts';

export const assets = join(import.meta.dirname, '../../../assets');
export const engineConfig: EngineConfig = {
  accelerator: 'tcg',
  qemuBinary: '/usr/bin/qemu-system-x86_64',
  qemuImg: '/usr/bin/qemu-img',
  firmware: {},
  nodeName: 'lab',
  cpus: 2,
  memory: 2 ** 31,
};
export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

/** A real store in a folder of its own, seeded, with the admission chain in front of it. */
export const admissionLab = (config: EngineConfig = engineConfig) => {
  const root = mkdtempSync(join(tmpdir(), 'hearth-admission-'));
  const store = new ObjectStore({ root, log: quiet });
  const paths = { root, objects: '', disks: '', scratch: '', machines: '', run: '', assets };
  const context: EngineContext = {
    store,
    config,
    paths,
    log: quiet,
    event() {},
    signal: new AbortController().signal,
  };
  seedObjects(context);
  const admission = createAdmission({ store, assets, config });
  const admit = (request: Partial<AdmissionRequest> & Pick<AdmissionRequest, 'type'>) =>
    admission.admit({
      operation: request.old ? 'UPDATE' : 'CREATE',
      fieldValidation: 'Strict',
      dryRun: false,
      ...request,
    });
  return {
    store,
    context,
    admit,
    /** What is refused, or a failure of the test when nothing is. */
    refusal(request: Partial<AdmissionRequest> & Pick<AdmissionRequest, 'type'>): StatusError {
      try {
        admit(request);
      } catch (error) {
        if (error instanceof StatusError) return error;
        throw error;
      }
      throw new Error('it was let through');
    },
    /** Admits and stores. */
    create(type: AdmissionRequest['type'], object: KubeObject): Stored {
      return store.create(type, admit({ type, object }).object);
    },
    close(): void {
      store.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
};
export type AdmissionLab = ReturnType<typeof admissionLab>;

type Json = Record<string, unknown>;
/** Objects are merged key by key; lists and values replace; `undefined` removes. */
export const merge = (base: unknown, change: unknown): unknown => {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change;
  const result: Json = typeof base === 'object' && base !== null && !Array.isArray(base) ? { ...(base as Json) } : {};
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
};

/** A good VM with one disk; `spec` changes what is below spec.template.spec, `vm` what is below spec. */
export const machine = (spec: Json = {}, vm: Json = {}): KubeObject =>
  ({
    apiVersion: 'kubevirt.io/v1',
    kind: virtualMachines.kind,
    metadata: { name: 'web', namespace: 'default' },
    spec: merge(
      {
        runStrategy: 'Halted',
        template: {
          spec: merge(
            {
              domain: {
                devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] },
                memory: { guest: '512Mi' },
              },
              volumes: [{ name: 'root', persistentVolumeClaim: { claimName: 'web' } }],
            },
            spec,
          ),
        },
      },
      vm,
    ),
  }) as KubeObject;
