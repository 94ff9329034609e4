import { execa } from 'execa';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Appliance, PlanView, PreflightReport } from '../../../main/contract/appliance.ts';
import { settings } from '../../support/provision/stand-ins.ts';

const root = join(import.meta.dirname, '..', '..', '..');
let data: string;
const hearth = async (args: string[], input?: string) => {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(root, 'main/cli.ts'), ...args, '--data-dir', data],
    { reject: false, timeout: 60_000, ...(input === undefined ? { stdin: 'ignore' as const } : { input }) },
  );
  return { code: exitCode, out: stdout, err: stderr };
};
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'hearth-cli-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

describe('up', () => {
  it('looks without changing anything, as JSON too; what blocks gives exit code 3', async () => {
    const { code, out } = await hearth(['up', '--check', '--json']);
    const report = JSON.parse(out) as PreflightReport;
    expect(report.findings.length).toBeGreaterThan(30);
    expect(code).toBe(report.findings.some(({ blocks }) => blocks) ? 3 : 0);
    const text = await hearth(['up', '--check']);
    expect(text.code).toBe(code);
    for (const { title } of report.findings.filter(({ blocks }) => blocks)) expect(text.out).toContain(title);
  });

  it('prints a plan, changed by what was asked for, and makes nothing', async () => {
    const args = [
      'up',
      '--plan',
      '--json',
      '--mode',
      'solo',
      '--name',
      'hearth-one',
      '--mirror',
      'http://mirror.lan/x',
    ];
    const { code, out } = await hearth(args);
    expect(code).toBe(0);
    const plan = JSON.parse(out) as PlanView;
    expect(plan.files.find(({ path }) => path === '/etc/rancher/k3s/config.yaml')?.text).toContain('hearth-one');
    expect(plan.steps.some(({ root: asRoot }) => asRoot)).toBe(true);
    expect(plan.helper.sha256).toMatch(/^[0-9a-f]{64}$/);
    const shell = await execa('sh', ['-n'], { input: plan.commands, reject: false });
    expect(shell.exitCode).toBe(0);
    expect(
      (await readdir(data)).filter(
        (name) => !['logs', 'host', 'appliances', 'targets.json', 'tasks-cli.json'].includes(name),
      ),
    ).toEqual([]);
  });

  it('tells settings that do not fit by their field, and does nothing', async () => {
    const plan = JSON.parse(
      (await hearth(['up', '--plan', '--json', '--cluster-cidr', '10.43.0.0/16'])).out,
    ) as PlanView;
    expect(Object.keys(plan.fields).length).toBeGreaterThan(0);
    const { code, err } = await hearth(['up', '--yes', '--cluster-cidr', '10.43.0.0/16']);
    expect(code).toBe(1);
    expect(err).toContain('do not fit');
  });

  it.each([
    [['up', '--storage', 'cloud'], 'storage'],
    [['up', '--pool-size', 'huge'], 'no size'],
    [['up', '--ca', '/does/not/exist'], '/does/not/exist'],
    [['up', '--ssh', 'nobody'], 'USER@HOST'],
    [['up', '--ssh', 'root@127.0.0.1:99999999'], 'USER@HOST'],
    [['up', 'now'], 'now'],
    [['join', 'http://box:6443', '--token-stdin'], 'https://'],
    [['join', '--offer', '--hours', '0'], '--hours'],
    [['restore'], 'backup'],
    [['appliance', 'explode'], 'explode'],
    [['bundle'], 'missing'],
    [['target', 'add'], 'takes 1'],
    [['target', 'dance'], 'dance'],
  ])('%j is wrong usage', async (args, word) => {
    const { code, err } = await hearth(args);
    expect(err).toContain(word);
    expect(code).toBe(2);
  });
});

it.each([['status'], ['down', '--list'], ['backup'], ['upgrade'], ['appliance', 'start'], ['join', '--offer']])(
  '%s %s without an appliance says how to get one',
  async (...args) => {
    const { code, err } = await hearth(args.filter((arg) => typeof arg === 'string'));
    expect(code).toBe(1);
    expect(err).toContain('hearth up');
  },
);

it('tells how an appliance stands after a look, not what was remembered, as one line of JSON', async () => {
  const at = '2026-01-01T00:00:00.000Z';
  await mkdir(join(data, 'appliances'), { mode: 0o700 });
  await writeFile(
    join(data, 'appliances', 'this-computer.json'),
    JSON.stringify({
      version: 1, id: 'this-computer', name: 'Here', place: { type: 'local' }, placeTitle: 'this computer',
      settings: settings(), versions: {}, digests: {}, steps: [], state: 'whole', targetId: 'this-computer',
      createdAt: at, updatedAt: at,
    }),
  ); // prettier-ignore
  const { code, out } = await hearth(['status', '--json']);
  const lines = out.split('\n').filter(Boolean);
  expect(lines).toHaveLength(1);
  const appliance = JSON.parse(lines[0] ?? '') as Appliance;
  expect(appliance.name).toBe('Here');
  expect(Date.parse(appliance.at)).toBeGreaterThan(Date.parse(at));
  expect(code).toBe(appliance.state === 'running' ? 0 : 1);
});

it('asks before it undoes what only a ledger knows of', async () => {
  const { code, err } = await hearth(['down']);
  expect(code).toBe(2);
  expect(err).toContain('--yes');
});

it('refuses a file that is no bundle', async () => {
  const path = join(data, 'x.bundle');
  await writeFile(path, 'not a bundle');
  const { code, err } = await hearth(['bundle', path, '--check']);
  expect(code).toBe(1);
  expect(err).toContain('no offline bundle');
});

describe('target', () => {
  const kubeconfig = (more: object = {}) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'lab',
      contexts: [{ name: 'lab', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
      users: [{ name: 'u', user: { token: 'x', ...more } }],
    });

  it('is added, used, renamed and forgotten, with its copy of the kubeconfig', async () => {
    const file = join(data, 'my-lab.yaml');
    await writeFile(file, kubeconfig());
    expect((await hearth(['target', 'add', file, '--use'])).code).toBe(0);
    const list = async () =>
      JSON.parse((await hearth(['target', 'list', '--json'])).out) as { id: string; name: string; current: boolean }[];
    const [lab, added] = await list();
    expect(lab).toMatchObject({ id: 'quick-lab', current: false });
    expect(added).toMatchObject({ name: 'my-lab', current: true });
    const copy = join(data, 'targets', added?.id ?? '', 'kubeconfig');
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect(await readFile(copy, 'utf8')).toContain('https://127.0.0.1:9');
    expect((await hearth(['target', 'rename', 'my-lab', 'Home lab'])).code).toBe(0);
    expect((await hearth(['target', 'use', 'quick-lab'])).code).toBe(0);
    expect((await list())[1]).toMatchObject({ name: 'Home lab', current: false });
    expect((await hearth(['target', 'forget', 'Home lab'])).code).toBe(0);
    expect(await list()).toHaveLength(1);
    await expect(stat(copy)).rejects.toThrow('ENOENT');
    expect((await hearth(['target', 'forget', 'quick-lab'])).code).toBe(2);
  });

  it('names programs before they would run, and a server that does not answer', async () => {
    const file = join(data, 'lab.yaml');
    await writeFile(
      file,
      kubeconfig({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'cloud-login', args: ['--now'] } }),
    );
    const told = await hearth(['target', 'test', file]);
    expect(told.out).toContain('runs: cloud-login --now');
    expect((await hearth(['target', 'add', file])).err).toContain('runs programs');
    await writeFile(file, kubeconfig());
    const test = await hearth(['target', 'test', file]);
    expect(test.code).toBe(1);
    expect(test.out).toContain('127.0.0.1:9');
  });
});
