import { randomInt, timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskCopies } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import { keyOf } from '../kube/object.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { durationMs } from '../kube/quantity.ts';
import {
  apiVersionOf,
  persistentVolumeClaims,
  secrets,
  virtualMachineExports,
  virtualMachineInstances,
  virtualMachines,
  virtualMachineSnapshots,
} from '../kube/resources.ts';
import type { ExportSource } from '../kube/subresource.ts';
import { machineFiles } from '../machine/files.ts';
import { packState, stateAnnotation } from '../machine/firmware-state.ts';
import { WorkQueue } from '../machine/queue.ts';
import { changer } from '../snapshot/change.ts';
import { keptState } from '../snapshot/nvram.ts';
import { Copies } from './copies.ts';
import { identityAnnotation, identityText } from './identity.ts';
import { conditions, linksOf } from './status.ts';
import { resolveSource } from './sources.ts';
import type { ExportVolume, StateOf } from './sources.ts';
import { defaultTtl, exportSpec, files, preparedForm, progressAnnotation } from './words.ts';
import type { ExportFile } from './words.ts';
import { monotonic } from '../kube/monotonic.ts';

/** Makes VirtualMachineExports true (KubeVirt, pkg/storage/export): a token, a life, links to the disks while they can be had. */
export class ExportController {
  readonly #context: EngineContext;
  readonly #copies: Copies;
  readonly #queue: WorkQueue;
  readonly #change: ReturnType<typeof changer>;
  readonly #stops: (() => void)[] = [];
  #server = { address: '', ca: '' };

  constructor(context: EngineContext, disks: DiskCopies) {
    this.#context = context;
    this.#copies = new Copies(join(context.paths.root, 'exports'), disks);
    this.#change = changer(context, virtualMachineExports);
    this.#queue = new WorkQueue((key) => this.#reconcile(key), context.log);
  }

  /** `server`: where its links lead. */
  async start(server: { address: string; ca: string }): Promise<void> {
    this.#server = server;
    const { store } = this.#context;
    const all = store.list(virtualMachineExports);
    await this.#copies.sweep(new Set(all.map(({ metadata }) => metadata.uid)));
    this.#stops.push(
      store.watch(virtualMachineExports, ({ type, object }) => {
        if (type !== 'DELETED') return this.#queue.add(keyOf(object));
        this.#copies
          .remove(object.metadata.uid)
          .catch((error: unknown) =>
            this.#context.log.error({ err: error }, 'files of an export could not be removed'),
          );
      }),
      ...[virtualMachines, virtualMachineInstances, virtualMachineSnapshots, persistentVolumeClaims].map((type) =>
        store.watch(type, ({ object }) => {
          for (const each of store.list(virtualMachineExports, object.metadata.namespace)) this.#queue.add(keyOf(each));
        }),
      ),
    );
    for (const each of all) this.#queue.add(keyOf(each));
    this.#queue.start();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#copies.stop();
    await this.#queue.close();
  }

  readonly source: ExportSource = {
    open: async ({ namespace, name, volume, file, token }) => {
      const { store } = this.#context;
      const object = store.get(virtualMachineExports, namespace, name);
      if (!object || !this.#isToken(object, token)) return { code: 401, message: 'Unauthorized' };
      const format = files[file as ExportFile];
      if (object.status?.['phase'] !== 'Ready')
        return { code: 503, message: `VirtualMachineExport ${name} is not ready` };
      const resolved = resolveSource(store, object);
      const form = format === 'gzip' ? 'raw' : format;
      const { uid } = object.metadata;
      const found = 'volumes' in resolved ? resolved.volumes.find((each) => each.name === volume) : undefined;
      // What was made while it could be had is good also when the machine runs again.
      const made = await this.#copies.has(uid, volume, form);
      if (!found && !(made && isVolumeName(volume)))
        return 'reason' in resolved
          ? { code: 503, message: resolved.message }
          : { code: 404, message: 'no such volume' };
      const path = await this.#copies.file(uid, found ?? { name: volume, source: { namespace, claim: volume } }, form);
      const { size, mtimeMs } = await stat(path);
      return { path, gzip: format === 'gzip', size, etag: `"${uid}-${form}-${size}-${Math.round(mtimeMs)}"` };
    },
  };

  #isToken(object: Stored, given: string): boolean {
    const name = String(object.status?.['tokenSecretRef']);
    const data = this.#context.store.get(secrets, object.metadata.namespace, name)?.['data'] as
      Record<string, string> | undefined;
    const token = Buffer.from(data?.['token'] ?? '', 'base64');
    const other = Buffer.from(given);
    return token.length > 0 && token.length === other.length && timingSafeEqual(token, other);
  }

  async #reconcile(key: string): Promise<void> {
    const { store } = this.#context;
    const [namespace, name = ''] = key.split('/');
    const object = store.get(virtualMachineExports, namespace, name);
    if (!object || object.metadata.deletionTimestamp) return;
    const ends = Date.parse(object.metadata.creationTimestamp ?? '') + (durationMs(exportSpec(object).ttlDuration ?? '') ?? defaultTtl); // prettier-ignore
    if (ends <= Date.now()) {
      store.delete(virtualMachineExports, namespace, name);
      return;
    }
    this.#queue.addAfter(key, Math.min(ends - Date.now() + 50, 2 ** 31 - 1));
    this.#token(object);
    const resolved = resolveSource(store, object);
    const wanted = preparedForm(object);
    const told = (object.status?.['links'] as { external?: { volumes?: { name: string }[] } } | undefined)?.external;
    const kept = wanted !== undefined && object.status?.['phase'] === 'Ready' ? (told?.volumes ?? []) : [];
    if ('reason' in resolved && kept.length === 0) return this.#tell(object, ends, resolved);
    if ('reason' in resolved) return this.#ready(object, ends, resolved.machine, kept);
    if (wanted && !(await this.#prepare(object, wanted, ends, resolved.machine, resolved.volumes))) return;
    if (wanted && resolved.state) await this.#keepState(object, resolved.state);
    if (wanted && resolved.machine !== undefined) this.#tellIdentity(object, resolved.machine);
    this.#ready(object, ends, resolved.machine, resolved.volumes);
  }

  /** Makes the files before the export is ready. False where that did not work out: it is told and tried again. */
  async #prepare(
    object: Stored,
    form: 'qcow2' | 'qcow2-plain',
    ends: number,
    machine: string | undefined,
    volumes: readonly ExportVolume[],
  ): Promise<boolean> {
    // prettier-ignore
    const { uid } = object.metadata;
    let last = 0;
    try {
      for (const [index, volume] of volumes.entries()) {
        if (await this.#copies.has(uid, volume.name, form)) continue;
        const message = `Preparing ${volume.name} (${index + 1} of ${volumes.length})`;
        this.#tell(object, ends, { ...(machine ? { machine } : {}), reason: 'Preparing', message });
        await this.#copies.file(uid, volume, form, (done) => {
          if (monotonic() - last < 500) return;
          last = monotonic();
          this.#progress(object, (index + done) / volumes.length);
        });
      }
      return true;
    } catch (error) {
      if (!this.#context.store.get(virtualMachineExports, object.metadata.namespace, object.metadata.name))
        return false;
      if (this.#context.signal.aborted || (error as Error).name === 'AbortError') return false;
      const { message } = error as Error;
      this.#context.event(object, 'Warning', 'ExportFailed', message);
      this.#tell(object, ends, { ...(machine ? { machine } : {}), reason: 'PrepareFailed', message });
      this.#queue.addAfter(keyOf(object), 5000);
      return false;
    }
  }

  /** The TPM and the UEFI variables of the machine as a Secret beside the export, which names it. */
  async #keepState(object: Stored, { kind, uid }: StateOf): Promise<void> {
    const { store, paths } = this.#context;
    const { namespace = '', name: exported } = object.metadata;
    const name = `firmware-state-${exported}`;
    if (object.metadata.annotations?.[stateAnnotation] !== undefined) return;
    const data = await packState(this.#context, kind === 'machine' ? machineFiles(paths, uid, uid) : keptState(paths, uid)); // prettier-ignore
    if (!data || !store.get(virtualMachineExports, namespace, exported)) return;
    const ownerReferences = [ownedByExport(object)];
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, ownerReferences }, type: 'Opaque', data }; // prettier-ignore
    if (!store.get(secrets, namespace, name)) store.create(secrets, secret as KubeObject);
    this.#change(object, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [stateAnnotation]: name };
    });
  }

  #tellIdentity(object: Stored, machine: string): void {
    const vm = this.#context.store.get(virtualMachines, object.metadata.namespace, machine);
    if (!vm || object.metadata.annotations?.[identityAnnotation] !== undefined) return;
    this.#change(object, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [identityAnnotation]: identityText(vm) };
    });
  }

  #progress(object: Stored, done: number): void {
    this.#change(object, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [progressAnnotation]: done.toFixed(3) };
    });
  }

  /** The secret by which its data can be fetched; one that the user named is the user's to make. */
  #token(object: Stored): void {
    const { store } = this.#context;
    const { namespace = '', name } = object.metadata;
    if (exportSpec(object).tokenSecretRef !== undefined || store.get(secrets, namespace, `export-token-${name}`))
      return;
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
    const token = Array.from({ length: 32 }, () => letters[randomInt(letters.length)]).join('');
    store.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: `export-token-${name}`,
        namespace,
        ownerReferences: [ownedByExport(object)],
      },
      type: 'Opaque',
      data: { token: Buffer.from(token).toString('base64') },
    } as KubeObject);
  }

  #ready(object: Stored, ends: number, machine: string | undefined, volumes: readonly { name: string }[]): void {
    const links = linksOf(this.#server, object, volumes.map(({ name }) => name)); // prettier-ignore
    this.#status(object, ends, machine, (status, draft) => {
      status['phase'] = 'Ready';
      status['links'] = { internal: links, external: links };
      conditions(draft, 'True', 'PodReady', '');
    });
  }

  #tell(
    object: Stored,
    ends: number,
    why: { machine?: string; reason: string; message: string; skipped?: boolean },
  ): void {
    // prettier-ignore
    this.#status(object, ends, why.machine, (status, draft) => {
      status['phase'] = why.skipped ? 'Skipped' : 'Pending';
      delete status['links'];
      conditions(draft, 'False', why.reason, why.message);
    });
  }

  #status(
    object: Stored,
    ends: number,
    machine: string | undefined,
    edit: (status: Record<string, unknown>, draft: KubeObject) => void,
  ): void {
    const { name } = object.metadata;
    this.#change(
      object,
      (draft) => {
        const status = (draft.status ??= {});
        status['tokenSecretRef'] = exportSpec(object).tokenSecretRef ?? `export-token-${name}`;
        status['serviceName'] = `virt-export-${name}`;
        status['ttlExpirationTime'] = new Date(ends).toISOString().replace(/\.\d+Z$/, 'Z');
        if (machine !== undefined) status['virtualMachineName'] = machine;
        edit(status, draft);
      },
      'status',
    );
  }
}

const ownedByExport = ({ metadata }: Stored) => ({
  apiVersion: apiVersionOf(virtualMachineExports),
  kind: virtualMachineExports.kind,
  name: metadata.name,
  uid: metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});
const isVolumeName = (name: string): boolean => /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name);
