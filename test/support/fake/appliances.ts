import type {
  Appliance,
  ApplianceSettings,
  PlaceInput,
  PreflightReport,
  RunLine,
  SshProbe,
} from '../../../main/contract/appliance.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { Task } from '../../../main/contract/task.ts';
import {
  ahead,
  ago,
  appliance,
  installSteps,
  ladder,
  planView,
  preflight,
  settings as fakeSettings,
  uninstallPreview,
} from './appliance-data.ts';
import { Feed, FakeList, pause } from './live.ts';
import type { FakeTargets } from './targets.ts';
import { work } from './work.ts';
import type { StepScript } from './work.ts';

export interface FakeAppliancesOptions {
  /** What is there at the start. */
  appliance?: 'none' | 'running' | 'half' | 'stopped' | 'failed' | 'starting' | 'two' | undefined;
  preflight?: 'ok' | 'blocked' | undefined;
  elevation?: PreflightReport['elevation'] | undefined;
  /** Trust in the other end's host key. */
  ssh?: SshProbe['trust'] | undefined;
  install?: 'ok' | 'fails' | undefined;
  software: boolean;
  latency: number;
}
const failed: Problem = {
  code: 'rung-failed',
  title: 'Kubernetes did not become ready',
  detail: 'k3s.service was started again 6 times within a minute.',
  cause: 'Port 10250 was taken meanwhile by another kubelet.',
  fix: 'Stop it and try again: what is done already is skipped.',
  command: 'systemctl show k3s -p ActiveState,SubState,NRestarts',
  output: ['ActiveState=activating', 'SubState=auto-restart', 'listen tcp :10250: bind: address already in use'],
  kind: 'failed',
};
const keyChanged: Problem = {
  code: 'host-key-changed',
  title: 'The host key is another one than before',
  detail: 'cellar.lan shows SHA256:u3Yt0 (ssh-ed25519); pinned is SHA256:Zx9L (ssh-ed25519).',
  kind: 'denied',
};
const second = (trust: SshProbe['trust'] | undefined): Appliance => ({
  ...appliance('stopped', {
    id: 'cellar',
    name: 'cellar-box-with-a-long-name-01',
    place: 'cellar.lan',
    placeType: 'ssh',
  }),
  ssh: { host: 'cellar.lan', port: 22, user: 'ada', by: 'agent' },
  ...(trust === 'changed' && { problem: keyChanged }),
});
const titleOf = (place: PlaceInput): string => (place.type === 'local' ? 'this computer' : place.host);

export class FakeAppliances {
  readonly list: FakeList<Appliance>;
  #lines = new Map<string, { all: RunLine[]; feed: Feed<RunLine[]> }>();
  #options: FakeAppliancesOptions;
  #tasks: FakeList<Task>;
  #targets: FakeTargets;
  #failNext: boolean;
  constructor(options: FakeAppliancesOptions, tasks: FakeList<Task>, targets: FakeTargets) {
    this.#options = options;
    this.#tasks = tasks;
    this.#targets = targets;
    this.#failNext = options.install === 'fails';
    const { appliance: first = 'none' } = options;
    const state = first === 'two' ? 'running' : first;
    const rows = state === 'none' ? [] : [appliance(state), ...(first === 'two' ? [second(options.ssh)] : [])];
    this.list = new FakeList<Appliance>(rowKeys.appliance, rows);
  }
  #run(
    id: string,
    what: { type: string; title: string },
    script: readonly StepScript[],
    onEnd: (row: Appliance | undefined, state: Task['state']) => Appliance | undefined,
    failAt?: number,
  ): { taskId: string } {
    const log = { all: [] as RunLine[], feed: new Feed<RunLine[]>() };
    const taskId = work(this.#tasks, { ...what, object: { kind: 'Appliance', name: id } }, script, {
      failAt,
      problem: failed,
      onLine: (step, text, level) => {
        const line: RunLine = { at: new Date().toISOString(), step, level, text };
        log.all.push(line);
        log.feed.push([line]);
      },
      detail: (step, share) =>
        script[step]?.title === 'Fetch what is needed'
          ? `${Math.round(735 * share)} of 735 MiB, ${(38 + 6 * Math.sin(share * 9)).toFixed(0)} MiB/s`
          : undefined,
      onEnd: (state) => {
        const { taskId: _taskId, ...idle } = this.list.rows.get(id) ?? appliance('half', { id });
        const next = onEnd(idle, state);
        if (next) this.list.put(next);
        else this.list.remove(id);
      },
    });
    this.#lines.set(taskId, log);
    const row = this.list.rows.get(id);
    if (row) this.list.put({ ...row, taskId });
    return { taskId };
  }
  /** Another host key is taken only when the old one was forgotten and the new one accepted. */
  #accept(place: PlaceInput): void {
    const row = this.list.rows.get('cellar');
    if (!row?.problem || place.type !== 'ssh' || place.hostKey === undefined || this.#options.ssh !== 'new') return;
    const { problem: _cured, ...rest } = row;
    this.list.put(rest);
  }
  #act(id: string, title: string, steps: string[], onDone: (row: Appliance) => Appliance): { taskId: string } {
    return this.#run(
      id,
      { type: 'appliance-act', title },
      steps.map((step) => ({ title: step, seconds: 1.4, lines: [step] })),
      (row, state) => row && (state === 'done' ? onDone(row) : row),
    );
  }
  api(live: <T>(source: AsyncIterable<T>) => AsyncIterable<T>, refuse: () => void): Api['appliances'] {
    const { list } = this;
    const lines = this.#lines;
    const wait = async (ms = this.#options.latency): Promise<void> => {
      await pause(ms);
      refuse();
    };
    const up = (row: Appliance): Appliance => ({ ...appliance('running'), ...row, state: 'running', ladder: ladder('running') }); // prettier-ignore
    return {
      watch: (_input, o) => live(list.watch(o?.signal)),
      sshProbe: async ({ host }) => {
        await wait(this.#options.latency * 4);
        if (host.includes('nowhere'))
          throw new ProblemError({ code: 'ssh-unreachable', title: `${host} does not answer`, detail: 'connect ETIMEDOUT', cause: 'It is off, or SSH is not installed there.', fix: 'Check the address; on Debian: sudo apt install openssh-server' }); // prettier-ignore
        const trust = this.#options.ssh ?? 'new';
        return {
          hostKey: 'SHA256:u3Yt0nQkq0mZr7cYxk0v2oOe1V7q3yqTqk4lJ1xX8bI',
          keyType: 'ssh-ed25519',
          trust,
          ...(trust === 'new' ? {} : { pinned: trust === 'same' ? 'SHA256:u3Yt0nQkq0mZr7cYxk0v2oOe1V7q3yqTqk4lJ1xX8bI' : 'SHA256:Zx9LmN4tTq7yWc2dR0pE5vBbK8sJ6hUaFgI3oQ1nM2k' }), // prettier-ignore
        };
      },
      forgetHostKey: async () => {
        await wait();
        this.#options = { ...this.#options, ssh: 'new' };
      },
      preflight: async ({ place }) => {
        await wait(this.#options.latency * 8);
        this.#accept(place);
        const own = [...list.rows.values()].find((row) => row.place === titleOf(place));
        const existing = own && own.state !== 'installing' ? { id: own.id, state: own.state === 'half' ? ('half' as const) : ('whole' as const) } : undefined; // prettier-ignore
        return preflight(place, this.#options.preflight ?? 'ok', this.#options.elevation ?? 'pkexec', this.#options.software, existing); // prettier-ignore
      },
      plan: async ({ settings }) => {
        await wait(this.#options.latency * 3);
        return planView(fakeSettings(settings as Partial<ApplianceSettings>), false);
      },
      install: async ({ place, settings, sudo }) => {
        await wait();
        if (this.#options.elevation === 'sudo-password' && sudo !== 'hearth')
          throw new ProblemError({ code: 'sudo-password-wrong', title: 'sudo did not take this password', detail: 'Nothing was changed.', fix: 'Type it again.', kind: 'denied' }); // prettier-ignore
        const wanted = fakeSettings(settings as Partial<ApplianceSettings>);
        const id = wanted.nodeName;
        const half = appliance('half', {
          id,
          name: id,
          place: titleOf(place),
          placeType: place.type,
          settings: wanted,
        });
        list.put({ ...half, state: 'installing' });
        const failAt = this.#failNext ? 4 : undefined;
        this.#failNext = false;
        const { taskId } = this.#run(id, { type: 'appliance-install', title: `Install on ${titleOf(place)}` }, installSteps, (_row, state) => {
          const at = { id, name: id, place: titleOf(place), placeType: place.type, settings: wanted };
          if (state === 'done') this.#targets.add({ id, name: id, kind: 'appliance', place: titleOf(place), current: false, state: 'closed', version: wanted.versions.k3s, forgettable: true });
          return state === 'done' ? appliance('running', { ...at, upgrades: [], versions: wanted.versions }) : { ...half, ...(state === 'failed' ? { problem: failed } : {}) };
        }, failAt); // prettier-ignore
        return { taskId, id };
      },
      log: async function* ({ taskId }, o) {
        const log = lines.get(taskId);
        if (log) yield* log.feed.listen([[...log.all]], o?.signal);
      },
      act: async ({ id, action }) => {
        await wait();
        const steps = { start: ['Start k3s', 'Wait until it is ready'], stop: ['Power machines off', 'Stop k3s'], restart: ['Restart k3s', 'Wait until it is ready'], backup: ['Stop k3s', 'Copy the datastore', 'Start k3s'], 'renew-certificates': ['Restart k3s'], 'refresh-network': ['Write the network part', 'Restart k3s'] }[action];
        return this.#act(id, `${action[0]?.toUpperCase()}${action.slice(1).replace('-', ' ')} ${id}`, steps, (row) => {
          if (action === 'stop') return { ...row, state: 'stopped', ladder: ladder('stopped') };
          if (action === 'backup') return { ...row, backups: [{ name: `backup-${row.backups.length + 1}`, at: ago(0), size: 41e6, versions: 'k3s v1.36.2+k3s1, KubeVirt v1.9.0', reason: 'by hand' }, ...row.backups] };
          return up({ ...row, troubles: row.troubles.filter((each) => each.action !== action) });
        });
      }, // prettier-ignore
      restore: async ({ id, backup }) => {
        await wait();
        return this.#act(id, `Restore ${backup}`, ['Back up what is there', 'Stop k3s', 'Copy back', 'Start k3s'], up);
      },
      dropBackup: async ({ id, backup }) => {
        await wait();
        return this.#act(id, `Delete the backup ${backup}`, ['Delete'], (row) => ({ ...row, backups: row.backups.filter((each) => each.name !== backup) })); // prettier-ignore
      },
      upgrade: async ({ id, part, to }) => {
        await wait();
        return this.#act(id, `Upgrade ${part} to ${to}`, ['Fetch', 'Back up', 'Replace', 'Wait until it is ready'], (row) => ({ ...row, versions: { ...row.versions, [part]: to }, upgrades: row.upgrades.filter((each) => each.part !== part) })); // prettier-ignore
      },
      uninstallPreview: async ({ id, place }) => {
        await wait(this.#options.latency * 4);
        if (place) this.#accept(place);
        const row = list.rows.get(id);
        if (row?.problem?.code === keyChanged.code) throw new ProblemError(row.problem);
        if (row?.state === 'half') return { machines: [], disks: [], undo: uninstallPreview.undo.slice(3) };
        if (row?.state === 'stopped') return { ...uninstallPreview, machines: [], unknown: 'Kubernetes is stopped, so it cannot be asked. The folder of the disks was looked at instead.' }; // prettier-ignore
        return uninstallPreview;
      },
      uninstall: async ({ id }) => {
        await wait();
        const script = ['Stop everything', 'Undo the changes', 'Compare with before'].map((title) => ({ title, seconds: 1.6, lines: [title] })); // prettier-ignore
        return this.#run(id, { type: 'appliance-uninstall', title: `Uninstall ${id}` }, script, (row, state) => {
          if (state !== 'done') return row;
          if (this.#targets.list.rows.get(id)?.current) this.#targets.use('quick-lab');
          this.#targets.list.remove(id);
          return undefined;
        });
      },
      joinOffer: async ({ id, hours = 2 }) => {
        await wait(this.#options.latency * 6);
        const solo = list.rows.get(id)?.settings.mode === 'solo';
        return {
          command: 'hearth join https://192.168.1.60:6443 --token K10f3a…::node:9c2e7d1b04',
          server: 'https://192.168.1.60:6443',
          expires: ahead(hours * 3600),
          ...(solo
            ? { problem: { code: 'join-solo', title: 'This appliance is for one computer', detail: 'It has an address that only this computer knows.', fix: 'Install it anew in the mode for a network, with a fixed address.', kind: 'failed' as const } }
            : {}),
        };
      }, // prettier-ignore
      join: async ({ id, nodeName }) => {
        await wait();
        return this.#act(id, `Add the node ${nodeName}`, ['Look at it', 'Fetch', 'Place k3s', 'Join', 'Wait until it is ready'], (row) => ({ ...row, nodes: [...row.nodes, { name: nodeName, roles: [], ready: true, version: 'v1.36.2+k3s1', addresses: ['192.168.1.61'], cpus: 4, memory: 16 * 1024 ** 3, virtualMachines: 0, conditions: [], thisOne: false }] })); // prettier-ignore
      },
      makeBundle: async () => {
        await wait();
        return this.#act('bundle', 'Create an offline bundle', ['Fetch', 'Write'], (row) => row);
      },
      checkBundle: async ({ path }) => {
        await wait();
        return path.endsWith('.hearth') ? { complete: true, missing: [], damaged: [], size: 812 * 1024 ** 2 } : { complete: false, missing: ['k3s-airgap-images-amd64.tar.zst'], damaged: [], size: 100 }; // prettier-ignore
      },
    };
  }
}
