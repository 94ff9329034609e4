import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Role } from '../contract/roles.ts';
import type { AuditEntry } from '../contract/audit.ts';
import { canTryAgain } from '../contract/again.ts';
import type { AppInfo, ContractHandlers } from '../contract/contract.ts';
import { contract } from '../contract/contract.ts';
import { asProblem } from '../contract/problem.ts';
import { openAudit, resultOf } from './audit/audit.ts';
import { createOpenings } from './audit/openings.ts';
import { recorded } from './audit/record.ts';
import { describe } from './audit/words.ts';
import { openCommands } from './commands/commands.ts';
import type { Host } from './host/host.ts';
import type { Log } from './log.ts';
import { openSpaceHistory } from './metrics/space.ts';
import { openMetrics } from './metrics/metrics.ts';
import { openNotifications } from './notifications/notifications.ts';
import type { DataPaths } from './paths.ts';
import { createSearch } from './search/search.ts';
import { createSupport } from './support/support.ts';
import type { Support } from './support/support.ts';
import { acting } from './target/acting.ts';
import { folderOf } from './targets/folders.ts';
import type { Targets } from './targets/targets.ts';
import type { Tasks } from './tasks/tasks.ts';
import { monotonic } from '../contract/monotonic.ts';

/** Who does something: a page of the desktop app, or of a signed-in browser. */
export interface Who {
  carrier: AppInfo['carrier'];
  /** Names the session of a browser; no secret. */
  session?: string;
  /** Who it is and from which address, where people sign in by name. */
  person?: { name?: string; role?: Role; from: string };
}
type Domains = 'metrics' | 'audit' | 'notifications' | 'commands' | 'support' | 'search';

/** What is seen of everything else: figures, history, notifications, commands, search, support bundles. */
export interface Seeing {
  readonly handlers: Pick<ContractHandlers, Domains>;
  /** The same handlers; what they do is written into the history and the list of commands, and which consoles people of other computers open. */
  record(handlers: ContractHandlers, who: () => Who): ContractHandlers;
  /** Writes down what happened outside of any call: a sign-in. */
  note(who: Who, entry: Pick<AuditEntry, 'procedure' | 'what' | 'result' | 'problem'>): void;
  readonly download: Support['download'];
  close(): Promise<void>;
}

export async function openSeeing(parts: {
  paths: DataPaths;
  tasks: Tasks;
  targets: Targets;
  host: Host;
  info: () => Omit<AppInfo, 'carrier'>;
  log: Log;
}): Promise<Seeing> {
  const { paths, tasks, targets } = parts;
  const log = parts.log.child({ part: 'seeing' });
  const audit = await openAudit({ path: join(paths.root, 'audit.jsonl'), log });
  const commands = await openCommands({ path: join(paths.root, 'commands.jsonl'), log });
  const space = await openSpaceHistory({ file: join(paths.root, 'metrics', 'space.json'), log });
  const notifications = await openNotifications({
    space,
    file: join(paths.root, 'notifications.json'),
    history: join(paths.root, 'notifications.jsonl'),
    disk: paths.root,
    tasks,
    log,
  });
  const metrics = await openMetrics({
    opened: () => {
      const opened = targets.opened();
      notifications.targets(opened.map(({ target }) => target));
      return opened.map(({ id, target }) => ({ id, target, folder: folderOf(paths, id) }));
    },
    follow: (signal, run, reset) => targets.follow(signal, (on, cut) => run(on.target, cut), reset),
    folder: join(paths.root, 'metrics', 'computer'),
    log,
  });
  const search = createSearch();
  const support = createSupport({
    paths,
    tasks,
    sources: () => ({
      paths,
      info: parts.info(),
      hostReport: () => parts.host.report(),
      targets: targets.opened().map(({ id, kubeconfig, target }) => ({
        id,
        kubeconfig,
        state: target.state.value,
        client: target.client,
      })),
      secrets: notifications.secrets(),
    }),
  });
  const user = userInfo().username;
  const openings = createOpenings(audit);

  /** Runs one call on behalf of somebody: its requests are listed as commands, its end is written into the history. */
  async function perform(
    who: Who,
    call: { procedure: string; input: unknown; reading: boolean },
    run: () => unknown,
  ): Promise<unknown> {
    const { target } = targets.current();
    const { id, name } = target.state.value;
    const { what, object } = describe(call.procedure, call.input);
    const tell = commands.begin({ what, procedure: call.procedure, object, target: { id, name } });
    let changed = false;
    const sent: typeof tell = (request) => {
      changed = true;
      tell(request);
    };
    const begun = Date.now();
    const since = monotonic();
    const note = (problem: ReturnType<typeof asProblem> | undefined, taskId?: string): void => {
      // That somebody asked for what is not theirs is worth knowing, also where it only reads.
      if (call.reading && !changed && problem?.code !== 'role-refused') return;
      audit.add({
        id: randomUUID(),
        at: new Date(begun).toISOString(),
        who: named(who, user),
        carrier: who.carrier,
        procedure: call.procedure,
        what,
        ...(object && { object }),
        target: name,
        result: problem ? resultOf(problem) : 'ok',
        ...(problem && { problem: { code: problem.code, title: problem.title } }),
        duration: monotonic() - since,
        ...(taskId && { taskId }),
      });
    };
    try {
      const value = await acting.run({ sent, who: who.person?.name ?? user }, async () => run());
      const task = taskOf(value);
      note(undefined, task);
      if (task !== undefined && canTryAgain(call.procedure))
        tasks.keepCall(task, { procedure: call.procedure, input: call.input, target: { id, name } });
      return value;
    } catch (error) {
      note(asProblem(error));
      throw error;
    }
  }
  return {
    handlers: {
      metrics: { ...metrics.handlers, space: (_input, { signal }) => space.forecast.watch(signal) },
      audit: { watch: (_input, { signal }) => audit.watch(signal) },
      notifications: notifications.handlers,
      commands: {
        watch: (_input, { signal }) => commands.watch(signal),
        replay: ({ id }) => commands.replay(id, targets.current().target.client),
        clear: () => commands.clear(),
      },
      support: support.handlers,
      search: { find: ({ query }) => search(targets.current().target, query) },
    },
    record: (handlers, who) =>
      recorded(
        contract,
        handlers,
        (call, run) => perform(who(), call, run),
        (call, run) => {
          const by = who();
          // Whoever sits at the computer looks at what is theirs.
          if (!by.person) return run();
          return openings({ who: named(by, user), carrier: by.carrier, target: targets.current().target.state.value.name }, call, run); // prettier-ignore
        },
      ),
    note: (who, entry) => audit.add({ id: randomUUID(), at: new Date().toISOString(), who: named(who, user), carrier: who.carrier, duration: 0, ...entry }), // prettier-ignore
    download: (name, response) => support.download(name, response),
    async close() {
      await metrics.close();
      await notifications.close();
      await commands.close();
      await audit.close();
    },
  };
}

/** Who did it, for the history. Pure. */
export function named({ carrier, session, person }: Who, user: string): string {
  const browser = `in a browser${person ? ` at ${person.from.replace(/^::ffff:/, '')}` : ''}${session ? ` (session ${session})` : ''}`;
  if (person) return person.name === undefined ? `nobody, ${browser}` : `${person.name}${person.role ? `, ${person.role}` : ''}, ${browser}`; // prettier-ignore
  return carrier === 'desktop' ? `${user}, in the app` : `${user}, ${browser}`;
}
const taskOf = (value: unknown): string | undefined => {
  const id = typeof value === 'object' && value !== null ? (value as { taskId?: unknown }).taskId : undefined;
  return typeof id === 'string' ? id : undefined;
};
