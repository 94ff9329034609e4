import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort as NodePort } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startBackend } from '../../../main/backend/start.ts';
import type { Backend } from '../../../main/backend/backend.ts';
import { connect } from '../../../main/contract/connect.ts';
import type { Connection } from '../../../main/contract/connect.ts';
import { contract } from '../../../main/contract/contract.ts';
import type { Api, Contract } from '../../../main/contract/contract.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { CreateMachine, CreateMachineInput, MachineDetail } from '../../../main/contract/machine.ts';
import { messagePort } from '../../../main/contract/message-port.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { Task } from '../../../main/contract/task.ts';
import type { Capability, Target } from '../../../main/contract/target.ts';
import { kubeOf } from '../kube.ts';
import type { Kube } from '../kube.ts';
import { scriptedCluster } from '../scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster, ScriptedOptions } from '../scripted-cluster/scripted-cluster.ts';

/** One of the two targets, as the tests of an operation see it: the whole contract, and the bare API below it. */
export interface OperationsLab {
  readonly kind: 'engine' | 'cluster';
  /** What a page calls. It is this lab's target that it shows. */
  readonly api: Api;
  readonly backend: Backend;
  /** The target's API with nothing of ours between. */
  readonly kube: Kube;
  /** The scripted cluster's controls; only there in the `cluster` half. */
  readonly cluster: ScriptedCluster;
  can(id: Capability['id']): boolean;
  /** One object by its path after the version, e.g. `kubevirt.io/v1`, `virtualmachines`, `web`. */
  get(apiVersion: string, plural: string, name: string, namespace?: string): Promise<KubeObject>;
  /** Waits until the machine's page shows what is asked for. */
  machine(name: string, shows: (detail: MachineDetail) => boolean): Promise<MachineDetail>;
  /** Waits for the end of a task; throws when it does not end well. */
  done(taskId: string): Promise<Task>;
  task(taskId: string, ended?: (task: Task) => boolean): Promise<Task>;
  create(input: CreateMachineInput): Promise<void>;
  remove(name: string): Promise<void>;
}

const nodePort = (port: NodePort) =>
  messagePort(port, (onMessage, onClose) => {
    port.on('message', onMessage);
    port.on('close', onClose);
  });

/** The first item of a stream that fits; the stream is left then. */
export async function until<T>(items: AsyncIterable<T>, check: (item: T) => boolean): Promise<T> {
  for await (const item of items) if (check(item)) return item;
  throw new Error('the stream ended');
}
/** The Problem that a call ends with. */
export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error = await work.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProblemError)) throw error;
  return error.problem;
}
/** A machine with an empty disk: it runs in a tenth of a second, and boots nothing. */
export const blank = (name: string, more: Partial<CreateMachineInput> = {}): CreateMachine =>
  createMachineSchema.parse({
    name,
    start: false,
    source: { type: 'blank' },
    rootDisk: { size: 64 * 2 ** 20 },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * 2 ** 20 },
    runStrategy: 'Manual',
    ...more,
  });

/**
 * Runs the same tests of backend operations twice: on the embedded engine and on a scripted cluster that was added to the
 * same backend by its kubeconfig. At the end nothing may have been written there that KubeVirt 1.9 or CDI 1.66 would not
 * know. A domain adds itself with a file of its own in test/operations/on-both-targets:
 *
 *     describeTargets('snapshots', (lab) => {
 *       test('...', async () => { await lab.create(blank('web')); ... });
 *     });
 */
export function describeTargets(
  name: string,
  body: (lab: OperationsLab) => void,
  options: ScriptedOptions & {
    kinds?: readonly OperationsLab['kind'][];
    /** Misfits that a test writes on purpose, to see them refused. */
    meant?: RegExp;
    /** Without pages on a port, as in the app. */
    pages?: false;
  } = {},
): void {
  describe.each(options.kinds ?? (['engine', 'cluster'] as const))(`${name} on the %s`, (kind) => {
    let folder: string;
    let backend: Backend;
    let page: Connection<Contract>;
    let cluster: ScriptedCluster | undefined;
    let target: Target;
    let kube: Kube;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'hearth-operations-'));
      const [started, played] = await Promise.all([
        startBackend({ dataDir: folder, quiet: true, ...(options.pages === false ? {} : { webPort: 0 }) }),
        kind === 'cluster' ? scriptedCluster(options) : undefined,
      ]);
      backend = started;
      cluster = played;
      if (backend.engineTrouble) throw backend.engineTrouble;
      const { port1, port2 } = new MessageChannel();
      backend.attach(nodePort(port1), 'desktop');
      page = connect(contract, nodePort(port2));
      if (cluster) {
        const text = readFileSync(cluster.kubeconfig, 'utf8');
        await page.api.targets.addCluster({ text, name: 'Scripted', use: true });
      }
      target = await until(page.api.target.watch({}), ({ state, name }) => state === 'ready' && (!cluster || name === 'Scripted')); // prettier-ignore
      kube = kubeOf(cluster?.kubeconfig ?? backend.kubeconfig);
    }, 120_000);
    afterAll(async () => {
      page?.close();
      await backend?.close({ stopVms: true });
      await cluster?.close();
      rmSync(folder, { recursive: true, force: true });
      const misfits = (cluster?.misfits() ?? []).filter((each) => !options.meant?.test(each));
      expect(misfits, 'written, and unknown to the published schemas').toEqual([]);
    }, 120_000);

    const ref = (machine: string) => ({ namespace: 'default', name: machine });
    const lab: OperationsLab = {
      kind,
      get api() {
        return page.api;
      },
      get backend() {
        return backend;
      },
      get kube() {
        return kube;
      },
      get cluster() {
        if (!cluster) throw new Error('only on the scripted cluster');
        return cluster;
      },
      can: (id) => target.capabilities.some((each) => each.id === id && each.supported),
      get: (apiVersion, plural, object, namespace = 'default') =>
        kube.request(
          'GET',
          `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}/namespaces/${namespace}/${plural}/${object}`,
        ),
      machine: (machine, shows) => until(page.api.machines.detail(ref(machine)), shows),
      async done(taskId) {
        const task = await lab.task(taskId);
        if (task.state !== 'done') throw new Error(`the task ended ${task.state}: ${JSON.stringify(task.problem)}`);
        return task;
      },
      async task(taskId, ended = ({ state }) => state !== 'running') {
        let seen: Task | undefined;
        await until(page.api.tasks.watch({}), (update) => {
          const tasks = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
          seen = tasks.find((task) => task.id === taskId) ?? seen;
          return seen !== undefined && ended(seen);
        });
        return seen as Task;
      },
      async create(input) {
        await page.api.machines.create(input);
      },
      async remove(machine) {
        await page.api.machines.act({ ...ref(machine), action: 'delete', deleteDisks: true, mode: 'now' });
      },
    };
    body(lab);
  });
}
