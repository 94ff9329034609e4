import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { clusterConfig } from '../../../main/backend/targets/kind/config.ts';
import { findEngine } from '../../../main/backend/targets/kind/engine.ts';
import { createKindClusters } from '../../../main/backend/targets/kind/kind.ts';
import type { KindOptions } from '../../../main/backend/targets/kind/kind.ts';
import { findKind } from '../../../main/backend/targets/kind/program.ts';
import type { NewTarget, Registered } from '../../../main/backend/targets/registry.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import type { Tasks } from '../../../main/backend/tasks/tasks.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Task } from '../../../main/contract/task.ts';
import { silent } from '../../support/store.ts';

let folder: string;
let tasks: Tasks;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-kind-'));
  for (const name of ['bin', 'stand-in', 'targets']) mkdirSync(join(folder, name));
  tasks = await createTasks({ file: join(folder, 'tasks.json'), log: silent });
});
afterEach(async () => {
  await tasks.close();
  rmSync(folder, { recursive: true, force: true });
});

const program = (name: string, text: string): void => {
  writeFileSync(join(folder, 'bin', name), text);
  chmodSync(join(folder, 'bin', name), 0o755);
};
const engineSays = (name: string, out: string, error = '', code = 0): void =>
  program(name, `#!/bin/sh\nprintf '%s' '${out}'\nprintf '%s' '${error}' >&2\nexit ${code}\n`);
/** Only what the test put there, and what runs scripts. */
const envOf = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
  HOME: folder,
  ...more,
});
const problemOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProblemError);
  return (error as ProblemError).problem;
};

describe('the real kind, where there is one (HEARTH_KIND or PATH)', async () => {
  const real = await findKind();
  test.skipIf(!real)('takes our configuration, and its failures are recognised', async () => {
    if (!real) return;
    expect(real.version).toMatch(/^v\d+\.\d+\.\d+/);
    const config = join(folder, 'kind.yaml');
    // Nothing but kind can be found: it reads the configuration first and then looks for its container engine.
    const env = { PATH: join(folder, 'bin'), KIND_EXPERIMENTAL_PROVIDER: 'docker' };
    const args = ['create', 'cluster', '--name', 'x', '--config', config, '--kubeconfig', join(folder, 'kubeconfig')];
    const attempt = () => problemOf(real.run(args, { timeoutMs: 30_000, env }));
    writeFileSync(config, clusterConfig({ name: 'x', devices: ['/dev/kvm', '/dev/net/tun'], volumes: '/a b/c' }));
    expect(await attempt()).toMatchObject({ code: 'kind-no-engine' });
    writeFileSync(config, 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodez: []\n');
    const wrong = await attempt();
    expect([wrong.code, wrong.detail]).toEqual(['kind-failed', expect.stringContaining('unable to decode config')]);
    engineSays('docker', '', 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', 1);
    const asking = real.run(['get', 'clusters'], { timeoutMs: 30_000, env: { ...env, PATH: `${env.PATH}:/usr/bin:/bin` } });
    expect((await problemOf(asking)).code).toBe('kind-engine-stopped');
  }); // prettier-ignore
});

describe('what there is', () => {
  test('no kind; another program of that name; one by its path', async () => {
    const env = { PATH: join(folder, 'bin') };
    expect(await findKind(env)).toBeUndefined();
    // The npm package of that name tells types apart; it is not this tool.
    program('kind', '#!/bin/sh\necho 0.1.0\n');
    expect(await findKind(env)).toBeUndefined();
    program('my-kind', '#!/bin/sh\necho "kind v0.32.0 go1.26.8 linux/amd64"\n');
    const found = await findKind({ ...env, HEARTH_KIND: join(folder, 'bin/my-kind') });
    expect([found?.path, found?.version]).toEqual([join(folder, 'bin/my-kind'), 'v0.32.0']);
  });
  test('container engines: none, running, stopped, locked, and podman under the name of docker', async () => {
    const env = { PATH: join(folder, 'bin') };
    expect((await findEngine(env)).problem?.code).toBe('kind-no-engine');
    const scripts = { PATH: `${join(folder, 'bin')}:/bin` };
    engineSays('docker', '', 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', 1);
    expect((await findEngine(scripts)).problem?.code).toBe('kind-engine-stopped');
    engineSays('docker', '', 'permission denied while trying to connect to the docker API at unix:///var/run/docker.sock', 1);
    expect((await findEngine(scripts)).problem?.code).toBe('kind-socket-denied');
    engineSays('podman', '5.4.0');
    expect((await findEngine(scripts)).engine).toEqual({ name: 'podman', version: '5.4.0' });
    engineSays('docker', '28.2.2');
    expect((await findEngine(scripts)).engine).toEqual({ name: 'docker', version: '28.2.2' });
    expect((await findEngine({ ...scripts, KIND_EXPERIMENTAL_PROVIDER: 'podman' })).engine?.name).toBe('podman');
    engineSays('docker', '5.4.0', 'Emulate Docker CLI using podman.');
    expect((await findEngine(scripts)).engine?.name).toBe('podman');
  }); // prettier-ignore
});

describe('throwaway clusters, with a program that stands in for kind', () => {
  const registered: Registered[] = [];
  const installed: string[] = [];
  const open = (env: NodeJS.ProcessEnv, more: Partial<KindOptions> = {}) => {
    registered.length = 0;
    installed.length = 0;
    return createKindClusters({
      folder: join(folder, 'targets'),
      tasks,
      targets: {
        entries: registered,
        put: async (target: NewTarget) => void registered.push({ ...target, revision: 1 }),
        remove: async (id) => void registered.splice(0, registered.length, ...registered.filter((each) => each.id !== id)), // prettier-ignore
      },
      nodeImage: 'kindest/node:v1.36.1@sha256:0',
      download: () => Promise.reject(new Error('it is there already')),
      install: async (kubeconfig, task) => {
        task.step('KubeVirt');
        installed.push(kubeconfig);
      },
      log: silent,
      env,
      ...more,
    });
  };
  const standIn = (mode = ''): NodeJS.ProcessEnv => {
    copyFileSync(join(import.meta.dirname, '../../support/kind-stand-in.mjs'), join(folder, 'bin/kind.mjs'));
    program('kind', `#!/bin/sh\nexec '${process.execPath}' '${join(folder, 'bin/kind.mjs')}' "$@"\n`);
    engineSays('docker', '28.2.2');
    return envOf({ STAND_IN_FOLDER: join(folder, 'stand-in'), STAND_IN_MODE: mode });
  };
  const ended = async (taskId: string): Promise<Task> => {
    await expect.poll(() => tasks.get(taskId)?.state, { timeout: 20_000 }).not.toBe('running');
    return tasks.get(taskId) as Task;
  };
  const calls = async (): Promise<string[][]> =>
    (await readFile(join(folder, 'stand-in/calls'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as string[])
      .filter(([verb]) => verb !== 'version');
  const left = () => readdir(join(folder, 'stand-in/clusters'));

  test('made, listed, deleted: its own kubeconfig, its own folder for disks', async () => {
    const kind = open(standIn());
    expect(await kind.state()).toEqual({ version: 'v0.32.0', engine: { name: 'docker', version: '28.2.2' }, clusters: [] });
    const task = await ended(kind.create({ name: 'lab' }).taskId);
    expect([task.state, task.problem]).toEqual(['done', undefined]);
    expect(task.steps.map(({ title }) => title)).toEqual([
      'Container engine', 'kind', 'Ensuring node image', 'Preparing nodes', 'Writing configuration', 'Starting control-plane',
      'Installing CNI', 'Installing StorageClass', 'Waiting for the control-plane', 'KubeVirt',
    ]);
    const mine = join(folder, 'targets/kind-lab');
    const kubeconfig = join(mine, 'kubeconfig');
    expect((await calls()).find(([verb]) => verb === 'create')).toEqual([
      'create', 'cluster', '--name', 'lab', '--config', join(mine, 'kind.yaml'), '--image', 'kindest/node:v1.36.1@sha256:0',
      '--kubeconfig', kubeconfig, '--wait', '5m',
    ]);
    const config = parse(await readFile(join(mine, 'kind.yaml'), 'utf8')) as { nodes: { extraMounts: { hostPath: string }[] }[] };
    expect(config.nodes[0]?.extraMounts.at(-1)?.hostPath).toBe(join(mine, 'volumes'));
    expect(installed).toEqual([kubeconfig]);
    expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
    expect(registered).toEqual([
      { id: 'kind-lab', name: 'lab', kind: 'kind', place: 'this computer (docker)', kubeconfig, revision: 1 },
    ]);
    expect((await kind.state()).clusters).toEqual(['lab']);
    expect((await ended(kind.create({ name: 'lab' }).taskId)).problem).toMatchObject({ code: 'kind-name-taken', fields: { name: 'taken' } });
    expect(await left()).toEqual(['lab']);
    expect((await ended((await kind.remove('lab')).taskId)).state).toBe('done');
    expect([await left(), registered, await readdir(join(folder, 'targets'))]).toEqual([[], [], []]);
  }); // prettier-ignore

  test('what was not made here is not deleted, and no name reaches beyond its folder', async () => {
    const env = standIn();
    mkdirSync(join(folder, 'stand-in/clusters'));
    writeFileSync(join(folder, 'stand-in/clusters/theirs'), '');
    const kind = open(env);
    expect((await kind.state()).clusters).toEqual(['theirs']);
    for (const name of ['theirs', '../..', '--all', ''])
      expect(await problemOf(kind.remove(name))).toMatchObject({ code: 'kind-not-ours', kind: 'denied' });
    expect(await left()).toEqual(['theirs']);
  });

  test('a failure is told in words and leaves nothing', async () => {
    const kind = open(standIn('no-image'));
    const task = await ended(kind.create({ name: 'lab' }).taskId);
    expect(task).toMatchObject({ state: 'failed', problem: { code: 'kind-image-pull' } });
    expect(task.steps.find(({ state }) => state === 'failed')?.title).toBe('Ensuring node image');
    expect([await left(), registered, await readdir(join(folder, 'targets'))]).toEqual([[], [], []]);
    expect((await calls()).at(-1)?.slice(0, 4)).toEqual(['delete', 'cluster', '--name', 'lab']);
  });

  test('so does one in the installation that follows', async () => {
    const kind = open(standIn(), { install: () => Promise.reject(new Error('no KubeVirt')) });
    expect(await ended(kind.create({ name: 'lab' }).taskId)).toMatchObject({ state: 'failed' });
    expect([await left(), registered]).toEqual([[], []]);
  });

  test('cancelled in the middle: the half-made cluster goes', async () => {
    const kind = open(standIn('hang'));
    const { taskId } = kind.create({ name: 'lab' });
    await expect.poll(() => readdir(join(folder, 'stand-in')), { timeout: 10_000 }).toContain('hanging');
    expect(await left()).toEqual(['lab']);
    expect(() => kind.create({ name: 'lab' })).toThrow('being worked on');
    tasks.cancel(taskId);
    expect(await ended(taskId)).toMatchObject({ state: 'cancelled' });
    expect([await left(), await readdir(join(folder, 'targets'))]).toEqual([[], []]);
  });

  test('without a container engine nothing is begun', async () => {
    const kind = open({ PATH: join(folder, 'bin') });
    expect(await kind.state()).toMatchObject({ clusters: [], problem: { code: 'kind-no-engine' } });
    expect((await ended(kind.create({ name: 'lab' }).taskId)).problem?.code).toBe('kind-no-engine');
    expect(await readdir(join(folder, 'targets'))).toEqual([]);
  });
});
