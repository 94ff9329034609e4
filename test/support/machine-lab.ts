import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { BlockNode, Disks } from '../../main/embedded/kube/block.ts';
import { VolumeNotReady } from '../../main/embedded/kube/block.ts';
import type { EngineConfig, EngineContext, Log } from '../../main/embedded/kube/context.ts';
import type { KubeObject, Stored } from '../../main/embedded/kube/object.ts';
import { namespaces, virtualMachineInstances, virtualMachines } from '../../main/embedded/kube/resources.ts';
import type { ResourceType } from '../../main/embedded/kube/resources.ts';
import type { SubresourceAnswer, SubresourceRequest } from '../../main/embedded/kube/subresource.ts';
import { startMachines } from '../../main/embedded/machine/machines.ts';
import type { Machines } from '../../main/embedded/machine/machines.ts';
import { sameProcess, signal } from '../../main/embedded/machine/qemu/process.ts';
import { leftRecords } from '../../main/embedded/machine/qemu/adopt.ts';
import { ObjectStore } from '../../main/embedded/store/object-store.ts';

const run = promisify(execFile);
const assets = resolve(import.meta.dirname, '../../assets');

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const loud: Log = {
  debug: () => undefined,
  info: (fields, message) => console.error(message, fields),
  warn: (fields, message) => console.error(message, fields),
  error: (fields, message) => console.error(message, fields),
  child: () => loud,
};

export interface LabOptions {
  /** A qcow2 that every machine's `root` volume is an overlay of; without one it is blank. */
  image?: string;
  config?: Partial<EngineConfig>;
  /** Where the lab makes its folder; the system's temporary folder else. */
  parent?: string;
}

/** The machine half on a real store and real QEMU; only the disks are simple overlays. */
export class MachineLab {
  readonly folder: string;
  readonly context: EngineContext;
  readonly events: { about: string; type: string; reason: string; message: string }[] = [];
  readonly #disks: Disks;
  readonly #ending = new AbortController();
  machines: Machines;

  private constructor(folder: string, options: LabOptions) {
    this.folder = folder;
    const log = process.env['HEARTH_TEST_LOG'] ? loud : quiet;
    const root = join(folder, 'engine');
    const paths = { root, objects: join(root, 'objects'), disks: join(root, 'disks'), scratch: join(root, 'scratch'), machines: join(root, 'machines'), run: join(folder, 'run'), assets }; // prettier-ignore
    for (const path of Object.values(paths)) if (path !== assets) mkdirSync(path, { recursive: true, mode: 0o700 });
    this.context = {
      store: new ObjectStore({ root, log }),
      config: {
        accelerator: 'tcg', qemuBinary: 'qemu-system-x86_64', qemuImg: 'qemu-img', nodeName: 'here', cpus: 2, memory: 4 * 2 ** 30,
        firmware: { ovmfCode: '/usr/share/OVMF/OVMF_CODE_4M.fd', ovmfVars: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
        ...options.config,
      },
      paths,
      log,
      event: (about, type, reason, message) => this.events.push({ about: `${about.kind}/${about.metadata.name}`, type, reason, message }),
      signal: this.#ending.signal,
    }; // prettier-ignore
    this.context.store.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
    this.#disks = overlays(paths.disks, options.image);
    this.machines = startMachines(this.context, this.#disks);
  }

  static async open(options: LabOptions = {}): Promise<MachineLab> {
    const lab = new MachineLab(await mkdtemp(join(options.parent ?? tmpdir(), 'hl-')), options);
    await lab.machines.ready;
    return lab;
  }

  /** Lets go of everything and starts anew on the same folders, as a new engine does. */
  async restartEngine(between?: () => Promise<void>): Promise<void> {
    await this.machines.stop();
    await between?.();
    this.machines = startMachines(this.context, this.#disks);
    await this.machines.ready;
  }

  /** Ends every QEMU of this lab and removes its folder. */
  async close(): Promise<void> {
    const records = leftRecords(this.context);
    await this.machines.stop();
    this.#ending.abort();
    for (const record of [...records, ...leftRecords(this.context)])
      if (sameProcess(record)) signal(record.pid, 'SIGKILL');
    this.context.store.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  createVm(name: string, options: VmOptions = {}): Stored {
    return this.context.store.create(virtualMachines, vmObject(name, options));
  }
  vm(name: string): Stored | undefined {
    return this.context.store.get(virtualMachines, 'default', name);
  }
  vmi(name: string): Stored | undefined {
    return this.context.store.get(virtualMachineInstances, 'default', name);
  }
  status(name: string): string | undefined {
    return this.vm(name)?.status?.['printableStatus'] as string | undefined;
  }
  phase(name: string): string | undefined {
    return this.vmi(name)?.status?.['phase'] as string | undefined;
  }
  pid(name: string): number {
    const uid = this.vmi(name)?.metadata.uid;
    const record = leftRecords(this.context).find((candidate) => candidate.uid === uid);
    if (!record) throw new Error(`${name} has no process`);
    return record.pid;
  }

  /** Waits for the store to hold what is asked, from event to event. */
  async until(what: string, holds: () => boolean, timeout = 60_000): Promise<void> {
    if (holds()) return;
    const { promise, resolve: done, reject } = Promise.withResolvers<void>();
    const look = () => {
      if (holds()) done();
    };
    const stops = [virtualMachines, virtualMachineInstances].map((type) => this.context.store.watch(type, look));
    const timer = setTimeout(() => {
      const seen = JSON.stringify({ vms: this.context.store.list(virtualMachines).map((vm) => vm.status), vmis: this.context.store.list(virtualMachineInstances).map((vmi) => vmi.status), events: this.events }, null, 1); // prettier-ignore
      reject(new Error(`never happened: ${what}\n${seen}`));
    }, timeout);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      for (const stop of stops) stop();
    }
  }

  async call(type: ResourceType, name: string, subresource: string, body?: object): Promise<SubresourceAnswer> {
    const found = this.machines.subresources.find((entry) => entry.resource === type && entry.name === subresource);
    if (found?.kind !== 'call') throw new Error(`no call ${subresource}`);
    return found.handle(request(name, body));
  }
  async stream(
    type: ResourceType,
    name: string,
    subresource: string,
    rest: string[] = [],
    query = '',
  ): Promise<Duplex> {
    const found = this.machines.subresources.find((entry) => entry.resource === type && entry.name === subresource);
    if (found?.kind !== 'stream') throw new Error(`no stream ${subresource}`);
    return found.open({ ...request(name), rest, query: new URLSearchParams(query) });
  }
  async console(name: string, query = ''): Promise<Terminal> {
    return new Terminal(await this.stream(virtualMachineInstances, name, 'console', [], query));
  }
}

const request = (name: string, body?: object): SubresourceRequest => ({
  namespace: 'default', name, rest: [], query: new URLSearchParams(), body, dryRun: false, signal: new AbortController().signal,
}); // prettier-ignore

/** Types and reads on a console. */
export class Terminal {
  readonly stream: Duplex;
  text = '';
  #seen = 0;
  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('data', (data: Buffer) => (this.text += data.toString('latin1')));
    stream.on('error', () => undefined);
  }
  async expect(pattern: RegExp, timeout = 60_000): Promise<string> {
    const end = Date.now() + timeout;
    for (;;) {
      const match = pattern.exec(this.text.slice(this.#seen));
      if (match) {
        this.#seen += match.index + match[0].length;
        return match[0];
      }
      if (Date.now() > end || this.stream.destroyed)
        throw new Error(`${String(pattern)} did not come:\n${this.text.slice(-2000)}`);
      await wait(20);
    }
  }
  send(text: string): void {
    this.stream.write(text);
  }
}

export interface VmOptions {
  runStrategy?: string;
  memory?: string;
  spec?: Record<string, unknown>;
  devices?: Record<string, unknown>;
  domain?: Record<string, unknown>;
  labels?: Record<string, string>;
}

export const vmObject = (name: string, options: VmOptions = {}): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace: 'default' },
  spec: {
    runStrategy: options.runStrategy ?? 'Always',
    template: {
      metadata: { labels: options.labels ?? { app: name } },
      spec: {
        terminationGracePeriodSeconds: 20,
        domain: {
          memory: { guest: options.memory ?? '128Mi' },
          devices: {
            disks: [{ name: 'root', disk: { bus: 'virtio' } }],
            interfaces: [{ name: 'default', masquerade: {} }],
            rng: {},
            ...options.devices,
          },
          ...options.domain,
        },
        networks: [{ name: 'default', pod: {} }],
        volumes: [{ name: 'root', persistentVolumeClaim: { claimName: `${name}-root` } }],
        ...options.spec,
      },
    },
  },
});

/** Each claim is an overlay of the image, made at its first use. */
function overlays(folder: string, image: string | undefined): Disks {
  return {
    async open(vmi: Stored, volumeName: string): Promise<BlockNode> {
      const volumes = (vmi.spec?.['volumes'] ?? []) as {
        name: string;
        persistentVolumeClaim?: { claimName: string };
      }[];
      const claim =
        volumes.find((volume) => volume.name === volumeName)?.persistentVolumeClaim?.claimName ?? volumeName;
      if (claim.startsWith('missing'))
        throw new VolumeNotReady('ErrorPvcNotFound', 'FailedPvcNotFound', `PVC default/${claim} does not exist`);
      const path = join(folder, `${claim}.qcow2`);
      const backing = image ? ['-b', image, '-F', 'qcow2'] : [];
      if (!existsSync(path)) {
        mkdirSync(dirname(path), { recursive: true });
        await run('qemu-img', ['create', '-q', '-f', 'qcow2', ...backing, path, ...(image ? [] : ['64M'])]);
      }
      return {
        format: 'qcow2', path, readOnly: false, virtualSize: 0,
        ...(image ? { backing: { format: 'qcow2', path: image, readOnly: true, virtualSize: 0 } } : {}),
      } as BlockNode; // prettier-ignore
    },
    release: () => Promise.resolve(),
    growWith: () => undefined,
    runs: () => undefined,
    close: () => Promise.resolve(),
    sizes: () => Promise.resolve(undefined),
  };
}

/** Free bytes of a file system. */
export const freeBytes = async (path: string): Promise<number> => {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
};
