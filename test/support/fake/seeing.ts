import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { AuditEntry } from '../../../main/contract/audit.ts';
import type { CommandEntry } from '../../../main/contract/commands.ts';
import type { Api } from '../../../main/contract/contract.ts';
import type { MachineRow, MachineSample } from '../../../main/contract/machine.ts';
import { metricsRanges } from '../../../main/contract/metrics.ts';
import type { HostGraph, SpaceForecast } from '../../../main/contract/metrics.ts';
import { notificationEvents, thresholdsSchema } from '../../../main/contract/notifications.ts';
import type { Notification, NotificationSettings } from '../../../main/contract/notifications.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { FakeList as List } from './live.ts';
import { FakeList, FakeValue, pause } from './live.ts';
import type { Task } from '../../../main/contract/task.ts';
import { work } from './work.ts';

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const vm = (name: string) => ({ kind: 'VirtualMachine', namespace: 'default', name });
const entry = (n: number, more: Partial<AuditEntry>): AuditEntry => ({
  id: `audit-${n}`, at: ago(n * 7), who: 'ada, in the app', carrier: 'desktop', procedure: 'machines.act', what: 'Start a machine',
  object: vm('web'), target: 'Quick lab', result: 'ok', duration: 84 + n, ...more,
}); // prettier-ignore
const history: AuditEntry[] = [
  entry(1, {}),
  entry(2, { what: 'Power off a machine', object: vm('a-machine-with-a-name-that-is-as-long-as-names-may-be-in-kubernetes') }),
  entry(3, { what: 'Create a machine', procedure: 'machines.create', result: 'refused', problem: { code: 'already-exists', title: 'That name is taken' }, who: 'ada, in a browser (session 3fa9c1)', carrier: 'web' }),
  entry(4, { what: 'Add an image from the catalogue', procedure: 'images.addFromCatalogue', object: { kind: 'Image', name: 'debian-13' }, taskId: 't1', duration: 412 }),
  entry(5, { what: 'Restart a machine', result: 'failed', problem: { code: 'not-reachable', title: 'The target does not answer' }, duration: 30_012 }),
  entry(6, { what: 'Change settings: theme', procedure: 'settings.update', object: undefined }),
].map((each) => JSON.parse(JSON.stringify(each)) as AuditEntry); // prettier-ignore

const manifest = 'apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata:\n  name: web\n  namespace: default\nspec:\n  runStrategy: RerunOnFailure\n'; // prettier-ignore
const clicks: CommandEntry[] = [
  {
    id: 'c1', at: ago(3), what: 'Start a machine', procedure: 'machines.act', object: vm('web'), target: { id: 'quick-lab', name: 'Quick lab' },
    requests: [{
      request: 'PUT /apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachines/web/start', line: 'virtctl start web -n default',
      plain: "kubectl replace --raw /apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachines/web/start -f - <<'EOF'\n{}\nEOF", redacted: false, result: 'ok',
    }],
  },
  {
    id: 'c2', at: ago(9), what: 'Create a machine', procedure: 'machines.create', object: vm('web'), target: { id: 'quick-lab', name: 'Quick lab' },
    requests: [
      { request: 'POST /api/v1/namespaces/default/secrets', line: "kubectl create -n default -f - <<'EOF'\napiVersion: v1\nkind: Secret\nmetadata:\n  name: web-cloudinit\ndata:\n  userdata: '[redacted]'\nEOF", redacted: true, result: 'ok', notReplayable: 'It held secrets, which are not kept on disk: only the Hearth that sent it can run it again.' },
      { request: 'POST /apis/kubevirt.io/v1/namespaces/default/virtualmachines', line: `kubectl create -n default -f - <<'EOF'\n${manifest}EOF`, manifest, redacted: false, result: 'ok' },
    ],
  },
]; // prettier-ignore
const told: Notification[] = [
  { id: 'n1', at: ago(4), event: 'machine-stopped', tone: 'problem', title: 'db stopped unexpectedly', detail: 'Its run ended in a failure.', object: vm('db'), target: 'Quick lab' },
  { id: 'n2', at: ago(50), event: 'task-ended', tone: 'ok', title: 'Add Debian 13: done', detail: 'It took 48 seconds.' },
]; // prettier-ignore

/** A believable day: a swell, some noise, the same at each opening. */
function points(range: keyof typeof metricsRanges, memory: number, now = Date.now()): MachineSample[] {
  const { span, step } = metricsRanges[range];
  return Array.from({ length: Math.floor(span / step) }, (_, n) => {
    const wave = (Math.sin(n / 19) + Math.sin(n / 7) * 0.4 + 1.4) / 2.8;
    return { at: now - span + n * step, cpu: 0.05 + wave * 0.6, memory: memory * (0.3 + wave * 0.2), diskRead: wave * 9e6, diskWrite: (1 - wave) * 4e6, netIn: wave * 2e6, netOut: wave * 6e5 }; // prettier-ignore
  });
}

/** History, notifications, commands, graphs and search in memory. */
export function fakeSeeing(parts: {
  fresh: boolean;
  machines: List<MachineRow>;
  tasks: List<Task>;
  answer: <T>(what: string, value: T) => Promise<T>;
  live: <T>(source: AsyncIterable<T>) => AsyncIterable<T>;
}): Pick<Api, 'metrics' | 'audit' | 'notifications' | 'commands' | 'support' | 'search'> {
  const { fresh, machines, answer, live } = parts;
  const audit = new FakeList<AuditEntry>(rowKeys.audit, fresh ? [] : history);
  const commands = new FakeList<CommandEntry>(rowKeys.command, fresh ? [] : clicks);
  const settings = new FakeValue<NotificationSettings>({
    app: [...notificationEvents],
    desktop: ['machine-stopped', 'target-lost'],
    webhook: { url: fresh ? '' : 'https://hooks.example/hearth', events: ['machine-stopped', 'target-lost'], signed: !fresh },
    thresholds: thresholdsSchema.parse({}),
    deliveries: fresh ? [] : [
      { at: ago(4), title: 'db stopped unexpectedly', state: 'delivered', attempts: 1, status: 204 },
      { at: ago(90), title: 'Quick lab does not answer', state: 'failed', attempts: 5, status: 502, error: 'It answered 502 Bad Gateway' },
    ],
  }); // prettier-ignore
  async function* grow<T>(all: () => T, more: () => T, everyMs: number, signal?: AbortSignal): AsyncGenerator<T> {
    yield all();
    while (!signal?.aborted) {
      await pause(everyMs);
      yield more();
    }
  }
  const hosts = (range: keyof typeof metricsRanges, last: boolean): HostGraph[] => [
    { id: 'computer', name: 'attic', kind: 'computer', cpus: 16, memory: 32 * 2 ** 30, missing: {}, points: points(range, 32 * 2 ** 30).slice(last ? -1 : 0) },
  ]; // prettier-ignore
  return {
    metrics: {
      space: (_input, o) => live(new FakeValue<SpaceForecast>(fresh ? {} : { free: 212 * 2 ** 30, total: 500 * 2 ** 30 }).watch(o?.signal)),
      machine: (input, o) => live(grow(() => points(input.range, 2 ** 31), () => points(input.range, 2 ** 31).slice(-1), 10_000, o?.signal)),
      hosts: (input, o) => live(grow(() => hosts(input.range, false), () => hosts(input.range, true), 10_000, o?.signal)),
    }, // prettier-ignore
    audit: { watch: (_input, o) => live(audit.watch(o?.signal)) },
    notifications: {
      watch: (_input, o) => live(grow(() => (fresh ? [] : told), () => [], 60_000, o?.signal)),
      settings: (_input, o) => live(settings.watch(o?.signal)),
      update: async ({ webhook, ...rest }) => {
        await answer('Saving', undefined);
        const { secret, ...hook } = webhook ?? {};
        const before = settings.value;
        settings.set(JSON.parse(JSON.stringify({
          ...before, ...rest, webhook: { ...before.webhook, ...hook, signed: secret === undefined ? before.webhook.signed : secret !== '' },
        })) as NotificationSettings);
      },
      test: () => answer('The test', { at: ago(0), title: 'Hearth says hello', state: 'delivered' as const, attempts: 1, status: 204 }),
    },
    commands: {
      watch: (_input, o) => live(commands.watch(o?.signal)),
      replay: async ({ id }) => {
        const found = commands.rows.get(id);
        const cannot = found?.requests.find((each) => each.notReplayable);
        if (cannot) throw new ProblemError({ code: 'not-replayable', title: 'These cannot be run again from here', detail: cannot.notReplayable ?? '', kind: 'denied' });
        return answer('Running again', (found?.requests ?? []).map(({ request }) => ({ request })));
      },
      clear: async () => {
        for (const key of commands.rows.keys()) commands.remove(key);
      },
    },
    support: {
      preview: () => answer('The preview', [
        { path: 'versions.json', what: 'Versions, process, ports', size: 1240, redactions: 0 },
        { path: 'targets/quick-lab/objects/secrets.yaml', what: 'Secret objects', size: 8801, redactions: 12 },
        { path: 'logs/hearth.log', what: 'Log of Hearth', size: 412_000, redactions: 3 },
      ]),
      make: async () => ({
        taskId: work(parts.tasks, { type: 'support-bundle', title: 'Make a support bundle', object: { kind: 'SupportBundle', name: 'bundle' } }, [{ title: 'Read files and logs', seconds: 1 }, { title: 'Take secrets out', seconds: 1 }]),
        path: '/home/ada/.local/share/hearth/support/hearth-support-attic.tar.gz', download: '/support/hearth-support-attic.tar.gz',
      }),
    },
    search: {
      find: async ({ query }) => {
        const wanted = query.toLowerCase();
        return [...machines.rows.values()]
          .filter((row) => row.addresses.some((address) => address.includes(wanted)))
          .slice(0, 40)
          .map((row) => ({ kind: 'machine' as const, namespace: row.namespace, name: row.name, title: row.name, because: `address ${row.addresses[0] ?? ''}`, score: 50 }));
      },
    },
  };
} // prettier-ignore
