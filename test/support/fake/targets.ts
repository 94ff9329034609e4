import type { Api } from '../../../main/contract/contract.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { Target } from '../../../main/contract/target.ts';
import type { KindState, KubeconfigTest, TargetEntry } from '../../../main/contract/targets.ts';
import type { Task } from '../../../main/contract/task.ts';
import { target } from './host.ts';
import { FakeList, pause } from './live.ts';
import type { FakeValue } from './live.ts';
import { work } from './work.ts';
import { undoable } from './undo.ts';

export interface FakeTargetsOptions {
  /** few: Quick lab alone; some: one of each; many: with long names. */
  targets?: 'few' | 'some' | 'many' | undefined;
  /** ready: docker and kind are there; no-engine: no container engine. */
  kind?: 'ready' | 'no-engine' | undefined;
  latency: number;
}
const entry = (id: string, name: string, kind: TargetEntry['kind'], place: string): TargetEntry => ({
  id,
  name,
  kind,
  place,
  current: false,
  state: 'closed',
  forgettable: kind !== 'quick-lab',
});
const some: TargetEntry[] = [
  { ...entry('attic', 'attic', 'appliance', 'this computer'), version: 'v1.36.2+k3s1' },
  { ...entry('work', 'Cluster at work', 'cluster', 'https://k8s.example.org:6443'), version: 'v1.34.6' },
  { ...entry('kind-try', 'try', 'kind', 'Docker on this computer'), version: 'v1.36.1' },
];
const many: TargetEntry[] = [
  ...some,
  {
    ...entry('far', 'A very long name that somebody gave to the cluster in the cellar', 'cluster', 'https://10.20.30.40:6443'),
    state: 'lost',
    problem: { code: 'target-lost', title: 'The cluster does not answer', detail: 'connect ETIMEDOUT 10.20.30.40:6443', fix: 'Is the VPN on?', kind: 'failed' },
  },
  ...Array.from({ length: 14 }, (_, n) => entry(`c${n}`, `Cluster ${n + 1}`, 'cluster', `https://10.0.0.${n + 1}:6443`)),
]; // prettier-ignore

const programsOf = (text: string): string[] =>
  /exec:/.test(text) ? ['aws eks get-token --cluster-name home --region eu-west-1'] : [];
function look(text: string, allowExec: boolean, context: string | undefined): KubeconfigTest {
  const contexts = [...text.matchAll(/name: (\S+@\S+)/g)].map(([, name]) => name ?? '');
  const all = contexts.length > 0 ? contexts : ['default'];
  const programs = programsOf(text);
  const server = /server: (\S+)/.exec(text)?.[1] ?? 'https://127.0.0.1:6443';
  const base = { contexts: all, context: context ?? all[0] ?? 'default', server, user: 'ada', programs, insecure: /insecure/.test(text) }; // prettier-ignore
  if (programs.length > 0 && !allowExec) return base;
  if (/unreachable/.test(text))
    return {
      ...base,
      problem: {
        code: 'cluster-unreachable',
        title: 'The cluster does not answer',
        detail: `${server}: connection refused.`,
        cause: 'It is off, or another network is needed to reach it.',
        fix: 'Check the address, and whether a VPN is needed.',
        kind: 'failed',
      },
    };
  const kubevirt = /bare/.test(text) ? undefined : 'v1.9.0';
  return { ...base, answer: { version: 'v1.35.4', kubevirt, cdi: kubevirt && 'v1.64.0', nodes: 3, ms: 84 } };
}

export class FakeTargets {
  readonly list: FakeList<TargetEntry>;
  readonly kindClusters: string[];
  #options: FakeTargetsOptions;
  #tasks: FakeList<Task>;
  #shown: FakeValue<Target>;
  #onUse: () => void;
  constructor(options: FakeTargetsOptions, tasks: FakeList<Task>, shown: FakeValue<Target>, onUse: () => void) {
    this.#options = options;
    this.#tasks = tasks;
    this.#shown = shown;
    this.#onUse = onUse;
    const more = options.targets === 'many' ? many : options.targets === 'some' ? some : [];
    const lab = entry('quick-lab', 'Quick lab', 'quick-lab', 'this computer');
    this.list = new FakeList<TargetEntry>(rowKeys.target, [{ ...lab, current: true, state: 'ready' }, ...more]);
    this.kindClusters = more.some((each) => each.kind === 'kind') ? ['try'] : [];
  }
  add(row: TargetEntry): void {
    this.list.put(row);
  }
  use(id: string): void {
    const row = this.list.rows.get(id);
    if (!row)
      throw new ProblemError({ code: 'not-found', title: 'No such target', detail: `There is no target ${id}.` });
    for (const each of this.list.rows.values())
      if (each.current)
        this.list.put({ ...each, current: false, state: each.state === 'ready' ? 'closed' : each.state });
    this.list.put({ ...row, current: true, state: 'connecting' });
    const lost = row.problem !== undefined;
    this.#shown.set({ ...target('connecting', 'kvm'), id, name: row.name });
    this.#onUse();
    setTimeout(() => {
      this.list.put({ ...row, current: true, state: lost ? 'lost' : 'ready' });
      this.#shown.set({ ...target(lost ? 'lost' : 'ready', 'kvm'), id, name: row.name });
    }, 900);
  }
  api(live: <T>(source: AsyncIterable<T>) => AsyncIterable<T>): Api['targets'] {
    const { list } = this;
    const wait = (): Promise<void> => pause(this.#options.latency);
    return {
      watch: (_input, o) => live(list.watch(o?.signal)),
      use: async ({ id }) => {
        await wait();
        this.use(id);
      },
      rename: async ({ id, name }) => {
        await wait();
        const row = list.rows.get(id);
        if (row) list.put({ ...row, name });
      },
      forget: async ({ id }) => {
        await wait();
        const row = list.rows.get(id);
        if (row?.current) this.use('quick-lab');
        list.remove(id);
        return undoable(() => {
          if (row) list.put({ ...row, current: false });
          if (row?.current) this.use(id);
        });
      },
      test: async ({ text, path, allowExec, context }) => {
        await pause(this.#options.latency * 5);
        if (path !== undefined && !path.startsWith('/'))
          throw new ProblemError({ code: 'kubeconfig-not-found', title: 'There is no such file', detail: `${path} could not be read.`, fix: 'Give the whole path.' }); // prettier-ignore
        if (text !== undefined && !/apiVersion|server/.test(text))
          throw new ProblemError({ code: 'kubeconfig-invalid', title: 'This is no kubeconfig', detail: 'It has no clusters in it.', fix: 'Paste the whole file; it begins with apiVersion: v1.' }); // prettier-ignore
        return look(text ?? 'server: https://k8s.example.org:6443', allowExec === true, context);
      },
      addCluster: async ({ name, use }) => {
        await wait();
        const id = `cluster-${list.rows.size}`;
        list.put({ ...entry(id, name, 'cluster', 'https://k8s.example.org:6443'), version: 'v1.35.4' });
        if (use !== false) this.use(id);
        return { id };
      },
      kind: async () => {
        await wait();
        return this.#kind();
      },
      createKind: async ({ name }) => {
        await wait();
        const steps = ['Check the container engine', 'Fetch kind', 'Fetch the node image', 'Start the node', 'Install KubeVirt and CDI'];
        const onEnd = (state: Task['state']): void => {
          if (state !== 'done') return;
          this.kindClusters.push(name);
          list.put({ ...entry(`kind-${name}`, name, 'kind', 'Docker on this computer'), version: 'v1.36.1' });
        };
        return { taskId: work(this.#tasks, { type: 'kind-create', title: `Create the cluster ${name}`, object: { kind: 'KindCluster', name } }, steps.map((title) => ({ title, seconds: 1.6, lines: [title] })), { onEnd }) };
      }, // prettier-ignore
      deleteKind: async ({ name }) => {
        await wait();
        const onEnd = (): void => {
          this.kindClusters.splice(this.kindClusters.indexOf(name), 1);
          if (list.rows.get(`kind-${name}`)?.current) this.use('quick-lab');
          list.remove(`kind-${name}`);
        };
        return { taskId: work(this.#tasks, { type: 'kind-delete', title: `Delete the cluster ${name}`, object: { kind: 'KindCluster', name } }, [{ title: 'Delete the node', seconds: 2 }], { onEnd }) }; // prettier-ignore
      },
    };
  }
  #kind(): KindState {
    if (this.#options.kind === 'no-engine')
      return {
        clusters: [],
        problem: {
          code: 'no-container-engine',
          title: 'No container engine was found',
          detail: 'kind runs a cluster inside of Docker, Podman or nerdctl; none of them answers.',
          fix: 'Install one of them, for example: sudo apt install podman',
          kind: 'failed',
        },
      };
    return {
      version: 'v0.32.0',
      engine: { name: 'docker', version: '27.3.1' },
      clusters: [...this.kindClusters],
    };
  }
}
