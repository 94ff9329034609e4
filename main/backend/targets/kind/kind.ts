import { access, chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { ProblemError } from '../../../contract/problem.ts';
import { createKindSchema } from '../../../contract/targets.ts';
import type { KindState } from '../../../contract/targets.ts';
import { writeFileAtomic } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { privateFolder } from '../../paths.ts';
import type { TaskHandle, Tasks } from '../../tasks/tasks.ts';
import type { NewTarget, Registered } from '../registry.ts';
import { clusterConfig, nodeDevices } from './config.ts';
import { findEngine } from './engine.ts';
import type { FilesFrom } from './install.ts';
import type { ContainerEngine } from './engine.ts';
import { findKind, kindAt } from './program.ts';
import type { KindProgram } from './program.ts';
import { kindSteps, parseStep } from './progress.ts';

/** Throwaway clusters of this computer. */
export interface KindClusters {
  state(): Promise<KindState>;
  create(input: z.infer<typeof createKindSchema>): { taskId: string };
  /** Only what was made here: others belong to whoever made them. Throws `kind-not-ours`. */
  remove(name: string): Promise<{ taskId: string }>;
}
export interface KindOptions {
  /** DATA/targets: each cluster has a folder of its own in it. */
  folder: string;
  tasks: Tasks;
  targets: {
    readonly entries: readonly Registered[];
    put(target: NewTarget): Promise<void>;
    remove(id: string): Promise<void>;
  };
  /** Fetches the pinned kind; its path. */
  download(task: TaskHandle, from: FilesFrom): Promise<string>;
  /** The node's image, by digest. */
  nodeImage: string;
  /** KubeVirt and CDI on the new cluster, by steps of the task. */
  install(kubeconfig: string, task: TaskHandle, from: FilesFrom): Promise<void>;
  log: Log;
  env?: NodeJS.ProcessEnv;
}

const createLimitMs = 20 * 60_000;
const shortLimitMs = 60_000;
const deleteLimitMs = 5 * 60_000;

const idOf = (name: string): string => `kind-${name}`;

export function createKindClusters(options: KindOptions): KindClusters {
  const { tasks, targets, log, env = process.env } = options;
  const folderOf = (name: string): string => join(options.folder, idOf(name));
  const kubeconfigOf = (name: string): string => join(folderOf(name), 'kubeconfig');
  const busy = new Set<string>();
  const providerEnv = (engine: ContainerEngine): NodeJS.ProcessEnv => ({
    ...env,
    KIND_EXPERIMENTAL_PROVIDER: engine.name,
  });
  const listed = async (kind: KindProgram, engine: ContainerEngine): Promise<string[]> =>
    (await kind.run(['get', 'clusters', '-q'], { timeoutMs: shortLimitMs, env: providerEnv(engine) }))
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);

  async function needEngine(): Promise<ContainerEngine> {
    const { engine, problem } = await findEngine(env);
    if (!engine) throw new ProblemError(problem);
    return engine;
  }
  async function needKind(task: TaskHandle, from: FilesFrom): Promise<KindProgram> {
    const found = await findKind(env);
    if (found) return found;
    const path = await options.download(task, from);
    await chmod(path, 0o700);
    const fetched = await kindAt(path);
    if (fetched) return fetched;
    throw new ProblemError({ code: 'kind-broken', title: 'kind does not run here', detail: `${path} does not start.` });
  }
  /** One piece of work on a cluster at a time. */
  function alone(name: string, work: () => { id: string; done: Promise<unknown> }): { taskId: string } {
    if (busy.has(name))
      throw new ProblemError({ code: 'kind-busy', title: 'It is being worked on', detail: `Cluster ${name}.` });
    busy.add(name);
    const { id, done } = work();
    void done.finally(() => busy.delete(name));
    return { taskId: id };
  }
  async function sweep(kind: KindProgram, engine: ContainerEngine, name: string): Promise<void> {
    const args = ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfigOf(name)];
    await kind.run(args, { timeoutMs: deleteLimitMs, env: providerEnv(engine) });
  }

  async function createCluster(input: z.infer<typeof createKindSchema>, task: TaskHandle): Promise<void> {
    const { name, mirror, bundle } = input;
    task.step('Container engine');
    const engine = await needEngine();
    task.step('kind', `${engine.name} ${engine.version}`);
    const kind = await needKind(task, { mirror, bundle });
    if ((await listed(kind, engine)).includes(name))
      throw new ProblemError({
        code: 'kind-name-taken',
        title: 'There is a kind cluster of that name already',
        detail: name,
        fix: 'Choose another name, or delete that cluster.',
        fields: { name: 'taken' },
      });
    await privateFolder(options.folder);
    const folder = folderOf(name);
    await privateFolder(folder);
    const volumes = join(folder, 'volumes');
    await mkdir(volumes, { recursive: true });
    const config = join(folder, 'kind.yaml');
    await writeFileAtomic(config, clusterConfig({ name, devices: await devicesHere(), volumes }));
    const args = [
      'create', 'cluster', '--name', name, '--config', config, '--image', options.nodeImage,
      '--kubeconfig', kubeconfigOf(name), '--wait', '5m',
    ]; // prettier-ignore
    try {
      await kind.run(args, {
        signal: task.signal,
        timeoutMs: createLimitMs,
        env: providerEnv(engine),
        onLine: (line) => {
          const step = parseStep(line);
          if (step?.state === 'running') task.step(step.title);
        },
      });
      await chmod(kubeconfigOf(name), 0o600);
      await options.install(kubeconfigOf(name), task, { mirror, bundle });
      const place = `this computer (${engine.name})`;
      await targets.put({ id: idOf(name), name, kind: 'kind', place, kubeconfig: kubeconfigOf(name) });
    } catch (error) {
      log.warn({ err: error, cluster: name }, 'a kind cluster was not made; what there is of it is removed');
      await sweep(kind, engine, name);
      await removeFolder(folder);
      throw error;
    }
  }

  return {
    async state() {
      const [kind, { engine, problem }] = await Promise.all([findKind(env), findEngine(env)]);
      const known = targets.entries.flatMap(({ kind: of, id }) => (of === 'kind' ? [id.slice('kind-'.length)] : []));
      const state = {
        ...(kind && { version: kind.version }),
        ...(engine && { engine: { ...engine } }),
      };
      if (!engine) return { ...state, clusters: known, problem };
      if (!kind) return { ...state, clusters: known };
      try {
        return { ...state, clusters: await listed(kind, engine) };
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        return { ...state, clusters: known, problem: error.problem };
      }
    },
    create: (input) =>
      alone(input.name, () =>
        tasks.start(
          {
            type: 'kind-create',
            title: `Make the throwaway cluster ${input.name}`,
            object: { kind: 'Target', name: idOf(input.name) },
            steps: ['Container engine', 'kind', ...kindSteps],
          },
          (task) => createCluster(input, task),
        ),
      ),
    async remove(name) {
      const ours =
        createKindSchema.shape.name.safeParse(name).success && (await exists(join(folderOf(name), 'kind.yaml')));
      if (!ours) throw notOurs(name);
      return alone(name, () =>
        tasks.start(
          {
            type: 'kind-delete',
            title: `Delete the throwaway cluster ${name}`,
            object: { kind: 'Target', name: idOf(name) },
            steps: ['Delete the cluster', 'Remove its disks'],
            cancellable: false,
          },
          async (task) => {
            task.step('Delete the cluster');
            const engine = await needEngine();
            await sweep(await needKind(task, {}), engine, name);
            task.step('Remove its disks');
            await targets.remove(idOf(name));
            await removeFolder(folderOf(name));
          },
        ),
      );
    },
  };
}

const notOurs = (name: string): ProblemError =>
  new ProblemError({
    code: 'kind-not-ours',
    title: 'This cluster was not made here',
    detail: `Hearth made no kind cluster named ${name}.`,
    fix: `kind delete cluster --name ${name}`,
    kind: 'denied',
  });

async function devicesHere(): Promise<string[]> {
  const there: string[] = [];
  for (const path of nodeDevices) if (await exists(path)) there.push(path);
  return there;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Disks in it belong to root where the engine is rootful: then the folder stays, and is named. */
async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new ProblemError(
      {
        code: 'kind-disks-left',
        title: 'The disks of the cluster are still there',
        detail: `The cluster is gone, but ${folder} holds files of root.`,
        fix: `sudo rm -r ${folder}`,
      },
      { cause: error },
    );
  }
}
