import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KubeObject } from '../../main/contract/kube.ts';
import { TestEngine } from './engine.ts';
import { kubeOf } from './kube.ts';

const run = promisify(execFile);
const api = '/apis/kubevirt.io/v1/namespaces/default';
const snapshots = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default';

const layer = (filename: string, driver: string, backing: object | null): object => ({
  driver, file: { driver: 'file', filename }, ...(driver === 'qcow2' ? { backing } : {}),
}); // prettier-ignore

interface Claim {
  uid: string;
  name: string;
  base?: string;
  live?: object;
}

/** A real engine with machines on blank disks, and a look at the files behind them. */
export class SnapshotLab {
  readonly engine: TestEngine;
  private constructor(engine: TestEngine) {
    this.engine = engine;
  }
  static async start(): Promise<SnapshotLab> {
    return new SnapshotLab(await TestEngine.start());
  }
  async end(): Promise<void> {
    for (const pid of this.pids())
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        continue; // it ended by itself
      }
    await this.engine.remove();
  }
  /** Kills the engine and starts the next one. */
  async crash(): Promise<void> {
    await this.engine.down('SIGKILL');
    await this.engine.up();
  }

  get disks(): string {
    return join(this.engine.dataDir, 'engine/disks');
  }
  get #kube() {
    return kubeOf(this.engine.kubeconfig);
  }
  request(method: string, path: string, body?: unknown, type?: string) {
    return this.#kube.request(method, path, body, type);
  }

  async vm(name: string, runStrategy: string, disks = 1): Promise<KubeObject> {
    const names = Array.from({ length: disks }, (_, index) => `${name}-${index}`);
    return this.request('POST', `${api}/virtualmachines`, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name },
      spec: {
        runStrategy,
        dataVolumeTemplates: names.map((disk) => ({
          metadata: { name: disk },
          spec: { source: { blank: {} }, storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } } },
        })),
        template: {
          spec: {
            terminationGracePeriodSeconds: 0,
            domain: {
              memory: { guest: '64Mi' },
              devices: { disks: [...names, 'seed'].map((disk) => ({ name: disk, disk: { bus: 'virtio' } })) },
            },
            volumes: [
              ...names.map((disk) => ({ name: disk, dataVolume: { name: disk } })),
              { name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\n' } },
            ],
          },
        },
      },
    }); // prettier-ignore
  }
  act(name: string, action: string): Promise<KubeObject> {
    return this.request(
      'PUT',
      `/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachines/${name}/${action}`,
      {},
    );
  }
  get(kind: string, name: string): Promise<KubeObject> {
    const group = kind.startsWith('virtualmachines') && !kind.includes('snapshot') ? api : snapshots;
    return this.request('GET', `${kind === 'virtualmachineinstances' ? api : group}/${kind}/${name}`);
  }
  snapshot(name: string, of: string, memory = false): Promise<KubeObject> {
    return this.request('POST', `${snapshots}/virtualmachinesnapshots`, {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineSnapshot',
      metadata: { name, ...(memory ? { annotations: { 'hearth.dev/memory': 'true' } } : {}) },
      spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: of } },
    });
  }
  restore(
    name: string,
    snapshot: string,
    target: string,
    more: { spec?: object; annotations?: object } = {},
  ): Promise<KubeObject> {
    return this.request('POST', `${snapshots}/virtualmachinerestores`, {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineRestore',
      metadata: { name, annotations: more.annotations ?? {} },
      spec: { target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: target }, virtualMachineSnapshotName: snapshot, ...more.spec },
    }); // prettier-ignore
  }
  /** Waits for an object to be so. */
  async until(kind: string, name: string, holds: (object: KubeObject) => boolean): Promise<KubeObject> {
    const group = ['virtualmachines', 'virtualmachineinstances'].includes(kind) ? api : snapshots;
    let last: KubeObject | undefined;
    await this.#kube.watch(`${group}/${kind}?fieldSelector=metadata.name%3D${name}`, ({ object }) => {
      last = object;
      return holds(object);
    });
    if (!last) throw new Error(`${kind} ${name} was never seen`);
    return last;
  }
  succeeded(name: string): Promise<KubeObject> {
    return this.until('virtualmachinesnapshots', name, ({ status }) => {
      if (status?.['phase'] === 'Failed') throw new Error(JSON.stringify(status));
      return status?.['phase'] === 'Succeeded';
    });
  }
  complete(name: string): Promise<KubeObject> {
    return this.until('virtualmachinerestores', name, ({ status }) => status?.['complete'] === true);
  }
  printable(name: string, status: string): Promise<KubeObject> {
    return this.until('virtualmachines', name, (vm) => vm.status?.['printableStatus'] === status);
  }

  /** The records of all claims. */
  claims(): Claim[] {
    const folder = join(this.disks, 'volumes');
    const files = readdirSync(folder).filter((each) => each.endsWith('.json'));
    return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Claim);
  }
  claim(name: string): Claim {
    const found = this.claims().find((record) => record.name === name);
    if (!found) throw new Error(`no record of ${name}`);
    return found;
  }
  overlay(claim: string): string {
    return join(this.disks, 'volumes', `${this.claim(claim).uid}.qcow2`);
  }
  /** Where a claim's data is read from, its backing files found by the headers. */
  path(claim: string): string {
    const own = this.overlay(claim);
    return existsSync(own) ? own : join(this.disks, 'base', `${this.claim(claim).base}.qcow2`);
  }
  layers(): string[] {
    return readdirSync(join(this.disks, 'base'))
      .filter((name) => name.endsWith('.qcow2'))
      .sort();
  }
  /** Fills the disk's second mebibyte with one byte, as a guest would. */
  async write(claim: string, byte: number, at = '1M'): Promise<void> {
    await run('qemu-io', ['-f', 'qcow2', '-c', `write -P ${byte} ${at} 1M`, this.path(claim)]);
  }
  /** Whether a claim reads so from the layers of its record, as the engine opens it; headers may say less after a kill. */
  async holds(claim: string, byte: number, at = '1M'): Promise<boolean> {
    const chain = this.chain(claim);
    const node = chain.reduceRight<object | null>((below, { path, format }) => layer(path, format, below), null);
    const told = await run('qemu-io', ['-r', '-U', '-c', `read -P ${byte} ${at} 1M`, `json:${JSON.stringify(node)}`]).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    ); // prettier-ignore
    if (told.stdout.includes('Pattern verification failed')) return false;
    if (told.stdout.includes('read 1048576/1048576 bytes')) return true;
    // A layer was merged away between the look at the records and the opening.
    if (JSON.stringify(this.chain(claim)) !== JSON.stringify(chain)) return this.holds(claim, byte, at);
    throw new Error(`${claim} cannot be read: ${told.stdout} ${told.stderr}`);
  }
  /** A claim's files by its record, the one that is written to first. */
  chain(claim: string): { path: string; format: string }[] {
    const own = this.overlay(claim);
    const files = existsSync(own) ? [{ path: own, format: 'qcow2' }] : [];
    for (let id = this.claim(claim).base; id !== undefined;) {
      const { format, backing } = JSON.parse(readFileSync(join(this.disks, 'base', `${id}.json`), 'utf8')) as { format: string; backing?: string }; // prettier-ignore
      files.push({ path: join(this.disks, 'base', `${id}.${format}`), format });
      id = backing;
    }
    return files;
  }
  /** Pids of the QEMU processes of this engine. */
  pids(): number[] {
    const folder = join(this.engine.dataDir, 'engine/machines');
    if (!existsSync(folder)) return [];
    return readdirSync(folder).flatMap((uid) => {
      const file = join(folder, uid, 'machine.json');
      return existsSync(file) ? [(JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid] : [];
    });
  }
  /** How many layers (removed ones among them) the QEMU that has a claim's overlay open holds open. */
  held(claim: string): number {
    const overlay = this.overlay(claim);
    for (const pid of this.pids()) {
      const files = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/${pid}/fd/${fd}`).replace(' (deleted)', '')];
        } catch {
          return []; // closed in this moment
        }
      });
      // Sockets and the seed are no layers of it; one file may be open more than once.
      if (files.includes(overlay)) return new Set(files.filter((path) => path === overlay || path.includes('/base/') || path.includes('/volumes/'))).size; // prettier-ignore
    }
    return 0;
  }
  /** Whether some QEMU has this very file open for writing. */
  opened(path: string): boolean {
    const { ino, dev } = statSync(path);
    return this.pids().some((pid) =>
      readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try {
          if (!readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('/')) return false;
          const found = statSync(`/proc/${pid}/fd/${fd}`);
          if (found.ino !== ino || found.dev !== dev) return false;
          return (parseInt(/flags:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0', 8) & 3) === 2;
        } catch {
          return false; // closed in this moment
        }
      }),
    ); // prettier-ignore
  }
}
