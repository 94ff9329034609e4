import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Task } from '../../../main/contract/task.ts';
import { ended, roomPlace, settle } from '../../support/provision/room-place.ts';
import { openBench, settings } from '../../support/provision/stand-ins.ts';
import type { Bench } from '../../support/provision/stand-ins.ts';
import { noRoom } from '../../support/root-helper/room.ts';
import { openLab } from '../../support/root-helper/lab.ts';
import type { Lab } from '../../support/root-helper/lab.ts';

const runner = join(import.meta.dirname, '../../support/provision/runner.ts');
const context = { signal: new AbortController().signal };

describe.skipIf(noRoom)('installing with the real root helper, in a room', () => {
  let lab: Lab;
  let dataDir: string;
  const open: Bench[] = [];
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());
  beforeEach(async () => {
    await lab.furnish();
    await settle(lab);
    dataDir = mkdtempSync(join(tmpdir(), 'hearth-provision-'));
  });
  afterEach(async () => {
    for (const bench of open.splice(0)) {
      await bench.tasks.close();
      await bench.provision.close();
    }
    rmSync(dataDir, { recursive: true, force: true });
  });
  const bench = async (more: Partial<Parameters<typeof openBench>[0]> = {}): Promise<Bench> => {
    const made = await openBench({
      dataDir,
      openPlace: async () => roomPlace(lab),
      facts: { modules: ['tun'] },
      ...more,
    });
    open.push(made);
    return made;
  };
  const install = async (made: Bench, change = {}): Promise<Task> =>
    ended(
      made,
      (await made.provision.handlers.install({ place: { type: 'local' }, settings: settings(change) }, context)).taskId,
    );
  const record = (): Record<string, unknown> =>
    JSON.parse(readFileSync(join(dataDir, 'appliances', 'this-computer.json'), 'utf8')) as Record<string, unknown>;

  it('takes no machine away before it knows that it may become root', async () => {
    let sudo: 'right' | 'wrong-password' = 'right';
    const made = await bench({
      openPlace: async () => {
        const place = roomPlace(lab);
        return {
          ...place,
          elevation: async () => 'sudo-password',
          elevate: async (argv, options) => (sudo === 'right' ? place.elevate(argv, options) : { outcome: sudo }),
        };
      },
    });
    expect((await install(made)).state).toBe('done');
    const calls = made.cluster.calls.length;
    sudo = 'wrong-password';
    const { taskId } = await made.provision.handlers.uninstall(
      { id: 'this-computer', machines: 0, keepDisks: false, sudo: 'guessed' },
      context,
    );
    expect((await ended(made, taskId)).problem?.code).toBe('root-wrong-password');
    expect(made.cluster.calls.slice(calls).join()).not.toMatch(/remove/i);
    expect(record()['state']).toBe('whole');
  });

  it('goes from plan to target, and an uninstall leaves the room as it was', async () => {
    const before = await lab.snapshot();
    const made = await bench();
    const task = await install(made);
    expect(task.problem).toBeUndefined();
    expect(task.state).toBe('done');
    expect(record()['state']).toBe('whole');
    expect(made.targets.get('this-computer')?.name).toBe('This computer');
    const kubeconfig = made.targets.get('this-computer')?.kubeconfig ?? '';
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
    expect(parse(readFileSync(kubeconfig, 'utf8'))).toMatchObject({
      'current-context': 'this-computer',
      clusters: [{ name: 'this-computer', cluster: { server: 'https://127.0.0.1:6443' } }],
    });
    const timed = task.steps.filter((step) => step.startedAt && step.endedAt);
    expect(timed.length).toBeGreaterThan(20);
    expect(made.cluster.calls).toContain('climb smoke');
    expect(made.pruned).toHaveLength(1);

    const preview = await made.provision.handlers.uninstallPreview({ id: 'this-computer' }, context);
    expect(preview.undo.length).toBeGreaterThan(10);
    const { taskId } = await made.provision.handlers.uninstall(
      { id: 'this-computer', machines: 0, keepDisks: false },
      context,
    );
    const removal = await ended(made, taskId);
    expect(removal.problem).toBeUndefined();
    // What happened can still be read.
    const lines = [];
    for await (const part of made.provision.handlers.log({ taskId }, context)) lines.push(...part);
    expect(lines.filter(({ text }) => text.startsWith('It '))).toEqual([]);
    expect(lines.at(-1)?.text).toBe('Done.');
    expect(made.pruned).toHaveLength(2);
    expect(lines.at(-2)?.text).toBe('Fetched files that nobody needs any more were removed (3.0 MiB): k3s-old');
    expect(removal.steps.find(({ title }) => title.startsWith('Undo'))?.detail).toBe(
      'The machine is as it was before.',
    );
    expect(made.targets.size).toBe(0);
    expect(existsSync(join(dataDir, 'appliances', 'this-computer.json'))).toBe(false);
    expect(await lab.snapshot()).toEqual(before);
  });

  it('changes nothing where a folder of somebody else is in the way, and goes on once it is gone', async () => {
    await lab.sh('mkdir -p /etc/rancher && echo mine >/etc/rancher/mine');
    const made = await bench();
    const task = await install(made);
    expect(task.state).toBe('failed');
    expect(task.problem?.code).toBe('root-refused');
    expect(task.problem?.detail).toContain('/etc/rancher');
    expect(record()['state']).toBe('half');
    await lab.sh('rm -r /etc/rancher');
    expect((await install(made)).state).toBe('done');
    expect(record()['state']).toBe('whole');
  });

  it('tells a step that failed with the last lines of the journal, keeps the record half, and goes on when it is cured', async () => {
    // A k3s that is started again and again.
    await lab.sh(
      'echo 1 >/lab/state/crash; echo "failed to find interface with specified node ip" >/lab/state/journal',
    );
    const made = await bench();
    const task = await install(made);
    expect(task.state).toBe('failed');
    expect(task.problem).toMatchObject({
      code: 'root-step-failed',
      title: 'The step “Wait until k3s stays up” failed',
    });
    expect(task.problem?.output).toContain('failed to find interface with specified node ip');
    // The known cause, not only the text.
    expect(task.problem?.fix).not.toContain('Cure it');
    expect(task.steps.find(({ state }) => state === 'failed')?.title).toBe('Wait until k3s stays up');
    expect(record()['state']).toBe('half');
    await lab.sh('rm /lab/state/crash');
    const again = await install(made);
    expect(again.state).toBe('done');
    // What was done is not done twice.
    expect(again.steps.filter(({ state }) => state === 'skipped').length).toBeGreaterThan(20);
  });

  it('is cancelled between two steps and goes on later', async () => {
    // k3s never stays up: the helper waits until it is told to stop.
    await lab.sh('echo 0 >/lab/state/crash');
    const made = await bench();
    const { taskId } = await made.provision.handlers.install(
      { place: { type: 'local' }, settings: settings() },
      context,
    );
    for await (const lines of made.provision.handlers.log({ taskId }, context))
      if (lines.some(({ text }) => text.startsWith('Start k3s: done'))) break;
    made.tasks.cancel(taskId);
    const task = await ended(made, taskId);
    expect(task.state).toBe('cancelled');
    expect(record()['state']).toBe('half');
    // Nothing was handed over yet, and still the datastore has these settings.
    const other = await install(made, { clusterCidr: '10.52.0.0/16', nodeName: 'other' });
    expect(other.problem?.code).toBe('settings-fixed');
    expect(Object.keys(other.problem?.fields ?? {}).toSorted()).toEqual(['clusterCidr', 'nodeName']);
    expect(record()['settings']).toMatchObject({ clusterCidr: '10.42.0.0/16', nodeName: 'lab' });
    await lab.sh('rm /lab/state/crash');
    expect((await install(made)).state).toBe('done');
  });

  it('refuses a second run on the same machine, and names the first', async () => {
    const made = await bench();
    const { taskId } = await made.provision.handlers.install(
      { place: { type: 'local' }, settings: settings() },
      context,
    );
    await expect(
      made.provision.handlers.install({ place: { type: 'local' }, settings: settings() }, context),
    ).rejects.toMatchObject({ problem: { code: 'appliance-busy', fields: { taskId } } });
    await ended(made, taskId);
  });

  it('refuses what cannot be changed once k3s has run', async () => {
    const made = await bench();
    await install(made);
    const task = await install(made, { clusterCidr: '10.52.0.0/16' });
    expect(task.problem?.code).toBe('settings-fixed');
    expect(Object.keys(task.problem?.fields ?? {})).toEqual(['clusterCidr']);
  });

  it('lets everything be changed where nothing was started yet, or no more: the machine says so, not what lies here', async () => {
    await lab.sh('mkdir -p /etc/rancher && echo mine >/etc/rancher/mine');
    const made = await bench();
    expect((await install(made)).problem?.code).toBe('root-refused');
    // Of an appliance that was taken off the machine from elsewhere.
    writeFileSync(join(dataDir, 'appliances', 'this-computer', 'kubeconfig'), 'old');
    await lab.sh('rm -r /etc/rancher');
    expect((await install(made, { clusterCidr: '10.52.0.0/16' })).state).toBe('done');
    expect(record()['settings']).toMatchObject({ clusterCidr: '10.52.0.0/16' });
  });

  it('tells when k3s was started by somebody whose settings are not known here', async () => {
    const made = await bench();
    await install(made);
    await made.provision.close();
    rmSync(join(dataDir, 'appliances'), { recursive: true });
    const { provision, tasks } = await bench();
    const { taskId } = await provision.handlers.install({ place: { type: 'local' }, settings: settings() }, context);
    expect((await ended({ tasks }, taskId)).state).toBe('done');
    const lines = [];
    for await (const part of provision.handlers.log({ taskId }, context)) lines.push(...part);
    expect(lines.find(({ level, text }) => level === 'warning' && text.includes('no record of'))).toBeDefined();
  });

  it('does not uninstall more machines than were seen, and removes a dead cluster all the same', async () => {
    const made = await bench();
    await install(made);
    made.cluster.machines = [{ namespace: 'default', name: 'new', status: 'Running', disk: 1 }];
    const uninstall = async (): Promise<Task> =>
      ended(
        made,
        (await made.provision.handlers.uninstall({ id: 'this-computer', machines: 0, keepDisks: false }, context))
          .taskId,
      );
    expect((await uninstall()).problem?.code).toBe('more-machines');
    expect(await lab.sh('ls /usr/local/bin')).toContain('k3s');
    made.cluster.dead = true;
    expect((await uninstall()).state).toBe('done');
    expect(made.cluster.calls).not.toContain('remove');
    expect(await lab.sh('ls /usr/local/bin')).toBe('');
  });

  it('stops, starts, backs up, restores and drops', async () => {
    const made = await bench();
    await install(made);
    const { handlers } = made.provision;
    // The stand-in of the cluster has no API server to ask for machines.
    rmSync(join(dataDir, 'appliances', 'this-computer', 'kubeconfig'));
    const act = async (action: 'stop' | 'start' | 'backup' | 'restart' | 'renew-certificates'): Promise<Task> =>
      ended(made, (await handlers.act({ id: 'this-computer', action }, context)).taskId);
    expect((await act('stop')).state).toBe('done');
    expect((await lab.sh('systemctl is-active k3s || true')).trim()).toBe('inactive');
    for (const action of ['start', 'restart', 'renew-certificates', 'backup'] as const) {
      const task = await act(action);
      expect(task.problem).toBeUndefined();
      expect(task.state).toBe('done');
    }
    expect((await lab.sh('systemctl is-active k3s')).trim()).toBe('active');
    const [backup] = record()['backups'] as { name: string; size: number; reason: string }[];
    expect(backup).toMatchObject({ reason: 'By hand' });
    expect(backup?.size).toBeGreaterThan(500);
    const name = backup?.name ?? '';
    const restored = await ended(made, (await handlers.restore({ id: 'this-computer', backup: name }, context)).taskId);
    expect(restored.problem).toBeUndefined();
    await ended(made, (await handlers.dropBackup({ id: 'this-computer', backup: name }, context)).taskId);
    expect((record()['backups'] as unknown[]).length).toBe(1);
    expect(await lab.sh('ls /var/lib/hearth/backups')).not.toContain(name);
  });

  it('rolls an upgrade back whose k3s does not become ready', async () => {
    const made = await bench();
    const old = { k3s: 'v1.36.2+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0' };
    expect((await install(made, { versions: old })).state).toBe('done');
    const upgrade = async (): Promise<Task> =>
      ended(
        made,
        (await made.provision.handlers.upgrade({ id: 'this-computer', part: 'k3s', to: 'v1.36.3+k3s1' }, context))
          .taskId,
      );
    // No backup, no upgrade: nothing is put back either, and k3s runs on.
    await lab.sh('touch /var/lib/hearth/backups');
    const refused = await upgrade();
    expect(refused.state).toBe('failed');
    expect(refused.problem?.code).not.toMatch(/roll/);
    expect(record()['backups']).toEqual([]);
    expect((await lab.sh('systemctl is-active k3s')).trim()).toBe('active');
    await lab.sh('rm /var/lib/hearth/backups');
    made.cluster.fails = { rung: 'node', times: 1 };
    const failed = await upgrade();
    expect(failed.problem?.code).toBe('upgrade-rolled-back');
    expect(await lab.sh('/usr/local/bin/k3s --version')).toContain('v1.36.2+k3s1');
    expect(record()['versions']).toEqual(old);
    const done = await upgrade();
    expect(done.problem).toBeUndefined();
    expect(await lab.sh('/usr/local/bin/k3s --version')).toContain('v1.36.3+k3s1');
    expect(record()['versions']).toEqual({ ...old, k3s: 'v1.36.3+k3s1' });
  });

  /** One call in a process of its own; killed once it has told so many lines of its log. */
  async function call(
    what: 'install' | 'uninstall',
    killAfterLines = Infinity,
  ): Promise<{ state: string; problem?: { code: string } } | 'killed'> {
    const child = spawn(process.execPath, [runner, dataDir, JSON.stringify(lab.enter), lab.shared, what], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      if (out.split('\n').length > killAfterLines) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    const last = out.trim().split('\n').at(-1) ?? '';
    return signal === 'SIGKILL' ? 'killed' : (JSON.parse(last) as { state: string });
  }
  /** The helper of a killed runner finishes the step it is at; until then another one is told so. */
  async function untilDone(what: 'install' | 'uninstall'): Promise<void> {
    for (;;) {
      const last = await call(what);
      if (last === 'killed') throw new Error('nobody should have killed it');
      if (last.state === 'done') return;
      expect(last.problem?.code).toBe('root-helper-busy');
    }
  }

  it(
    'is killed in the middle, again and again, and the next call ends it in the same state',
    { timeout: 300_000 },
    async () => {
      const before = await lab.snapshot();
      await untilDone('install');
      const clean = (await lab.snapshot()).filter((line) => !/\/var\/lib\/hearth\/(ledger|fingerprint)/.test(line));
      await untilDone('uninstall');
      let killed = 0;
      // More of them: HEARTH_KILLS=8.
      const rounds = Number(process.env['HEARTH_KILLS'] ?? 3);
      for (let round = 0; round < rounds; round += 1) {
        // Spread over the run. Where within a step it hits is different every time, and must not matter.
        if ((await call('install', 1 + Math.floor((round * 64) / rounds))) === 'killed') killed += 1;
        await untilDone('install');
        const state = (await lab.snapshot()).filter((line) => !/\/var\/lib\/hearth\/(ledger|fingerprint)/.test(line));
        expect(state).toEqual(clean);
        expect(record()['state']).toBe('whole');
        if ((await call('uninstall', 1 + Math.floor((round * 64) / rounds))) === 'killed') killed += 1;
        await untilDone('uninstall');
        expect(await lab.snapshot()).toEqual(before);
      }
      // Nearly all of them; the last lines may be told when it is all but over.
      expect(killed).toBeGreaterThan(rounds * 1.5);
    },
  );

  it('sets a damaged record aside and can install anew over what is there', async () => {
    const made = await bench();
    await install(made);
    writeFileSync(join(dataDir, 'appliances', 'this-computer.json'), '{"version":1,');
    const anew = await bench();
    expect(readdirSync(join(dataDir, 'appliances')).some((name) => name.includes('.corrupt-'))).toBe(true);
    expect((await install(anew)).state).toBe('done');
  });
});
