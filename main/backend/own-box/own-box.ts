import type { BoxState } from '../../contract/box/state.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Port } from '../../contract/port.ts';
import { createSignIn } from '../carrier/sign-in.ts';
import type { Served } from '../carrier/served.ts';
import { startControl } from '../control.ts';
import type { Log } from '../log.ts';
import { privateFolder } from '../paths.ts';
import type { DataPaths } from '../paths.ts';
import { createLiveValue } from '../target/live-value.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { openAccount } from './account.ts';
import { createActions } from './actions.ts';
import { createAgentClient } from './agent-client.ts';
import { createBoxAppliance } from './appliance.ts';
import type { BoxProvision } from './appliance.ts';
import { openApps } from './apps.ts';
import { createBringing } from './bring.ts';
import type { BringTargets } from './bring.ts';
import type { ConsoleAnswers } from './console.ts';
import type { ShownCode } from './code.ts';
import { createDoors } from './doors.ts';
import { createHandlers } from './handlers.ts';
import { newIdentity, openIdentity } from './identity.ts';
import { createIncoming } from './incoming.ts';
import { createMachinesTold } from './machines-told.ts';
import type { MachinesPace } from './machines-told.ts';
import { createPower } from './power.ts';
import { boxPlaces } from './places.ts';
import { runnersOf } from './runners.ts';
import { createSelfSetup } from './self-setup.ts';
import { openSetup } from './setup.ts';
import { boxState } from './state.ts';
import { joinTicket, ownAppliance } from './join.ts';
import { watchTrial } from './trial.ts';
import { readWishes } from './wishes.ts';

export interface OwnBoxOptions extends Pick<Served, 'pages' | 'download' | 'exported' | 'upload'> {
  /** `/var/lib/hearth/box` */
  dir: string;
  /** Socket of the agent. */
  agent: string;
  port: number;
  /** All addresses unless told. */
  host?: string | undefined;
  /** Whether it is announced in the LAN; only tests say no. */
  announce?: boolean;
  /** Milliseconds that machines and their clusters are waited for; only tests have others. */
  pace?: MachinesPace;
  paths: DataPaths;
  version: string;
  tasks: Tasks;
  targets: BringTargets;
  provision: () => Promise<BoxProvision>;
  /** Serves a page over a port. */
  attach: (port: Port, session: string) => void;
  /** The handlers as an app uses them, so that the history says who did it. */
  recorded: (who: string, ownBox: ContractHandlers['ownBox']) => ContractHandlers['ownBox'];
  log: Log;
}
export interface OwnBox {
  readonly handlers: ContractHandlers['ownBox'];
  /** Port of its pages; undefined while its key is damaged. */
  readonly port: number | undefined;
  close(): Promise<void>;
}

/** The box's own Hearth: what makes a backend the face of a box. Composition. */
export async function openOwnBox(options: OwnBoxOptions): Promise<OwnBox> {
  const { paths, tasks, targets, version } = options;
  const log = options.log.child({ part: 'own-box' });
  const over = new AbortController();
  const { signal } = over;
  await privateFolder(options.dir);
  const places = boxPlaces(options.dir);
  const agent = createAgentClient(options.agent, log);
  const [apps, account, setup, signIn] = await Promise.all([
    openApps(places.apps, log),
    openAccount(places.account, log),
    openSetup(places.setup, log),
    createSignIn({ file: paths.sessions, log }),
  ]);
  const incoming = createIncoming(places);
  await incoming.sweep();
  const wishes = () => readWishes(agent);
  const runners = () => runnersOf(paths);

  let busy: BoxState['busy'];
  let trouble: Problem | undefined;
  const state = createLiveValue<BoxState | undefined>(undefined);
  /** On the screen just now. */
  const code = createLiveValue<ShownCode | undefined>(undefined);
  const refresh = (): void => {
    const { state: known, connected } = agent.now.value;
    if (!known) return;
    const next = boxState({ agent: known, connected, setup: setup.now.value, account: account.name !== undefined, apps: apps.list(), task: appliance.task(), busy, trouble, version }); // prettier-ignore
    const { at: _new, ...fresh } = next;
    const { at: _old, ...former } = state.value ?? { at: '' };
    if (JSON.stringify(fresh) === JSON.stringify(former)) return;
    state.set(next);
    doors.told();
  };
  const machines = createMachinesTold({
    file: places.machinesOff,
    runners,
    log,
    ...(options.pace && { pace: options.pace }),
  });
  const bringing = createBringing({ targets, tasks, setup, wishes, signal, log });
  const appliance = createBoxAppliance({
    provision: options.provision,
    tasks,
    setup,
    places,
    agent: () => agent.now.value.state,
    wishes,
    onReady: () => self.clusterReady(),
    signal,
    log,
  });
  const self = createSelfSetup({ agent, apps, setup, appliance, bringing, machines, wishes, resting: () => busy === undefined, signal, log }); // prettier-ignore
  const power = createPower({
    agent,
    tasks,
    machines,
    places,
    name: () => state.value?.name ?? '',
    show(now, problem) {
      busy = now;
      trouble = problem;
      refresh();
    },
  });
  const signOut = async (): Promise<void> => {
    await signIn.endAll();
    // The page that asked for it still gets its answer.
    setTimeout(() => doors.endPages(), 200).unref();
  };
  const act = createActions({
    agent,
    account,
    setup,
    apps,
    code: { open: () => doors.code().open() },
    power,
    appliance,
    join: async (input) => (await options.provision()).joinHere({ place: { type: 'local' }, ...input }),
    signOut,
    begun() {
      trouble = undefined;
    },
    changed: () => {
      refresh();
      doors.recheck();
    },
  });
  const handlers = createHandlers({ agent, state, code, act, runners, apps, account, data: options.dir });
  const doors = createDoors({
    ...options,
    agent,
    apps,
    account,
    signIn,
    state,
    code,
    tasks,
    incoming,
    act: async (app, action) =>
      options.recorded(`app ${app.name}`, { ...handlers, act: (input) => act(input.action, { type: 'app' }) }).act({ action }, { signal }), // prettier-ignore
    handlers,
    joinTicket: async () => joinTicket(await options.provision(), signal),
    signal,
    log,
  });
  const follow = async (values: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of values) refresh();
  };
  for (const values of [agent.now.watch(signal), setup.now.watch(signal), tasks.watch(signal)])
    follow(values).catch((error: unknown) => log.error({ err: error }, 'the state of the box is not followed'));
  apps.onChange(refresh);

  const identity = await openIdentity(places);
  if ('pair' in identity) await doors.open(identity.pair);
  else {
    log.error({ problem: identity.problem }, 'the key of the box cannot be used');
    doors.cannotOpen(identity.problem);
  }
  const answers: { [Name in keyof ConsoleAnswers]: () => Promise<ConsoleAnswers[Name]> } = {
    async 'box-code'() {
      const code = doors.code();
      if (!code.shown()) code.open();
      const { digits, until } = code.needed();
      return { digits, secondsLeft: Math.max(0, Math.round((until - Date.now()) / 1000)) };
    },
    async 'box-forget-account'() {
      const forgotten = account.name ?? null;
      await account.forget();
      await signOut();
      refresh();
      doors.recheck();
      return { forgotten };
    },
    async 'box-new-identity'() {
      await doors.shut();
      await apps.clear();
      const pair = await newIdentity(places);
      await doors.open(pair);
      refresh();
      return { fingerprint: pair.fingerprint };
    },
  };
  const stopControl = await startControl(places.control, answers, undefined, log);
  watchTrial({
    agent,
    setup,
    pagesAnswer: () => doors.answers(),
    appliance: async () => ownAppliance(await options.provision(), { until: (seen) => seen.state === 'running', ms: 45_000 }), // prettier-ignore
    signal,
    log,
  }).catch((error: unknown) => log.error({ err: error }, 'nobody watches whether the new version holds'));
  self.start().catch((error: unknown) => log.error({ problem: asProblem(error) }, 'the box does not set itself up'));

  return {
    handlers,
    get port() {
      return doors.port();
    },
    async close() {
      over.abort();
      await stopControl();
      await doors.close();
      await self.idle();
      agent.close();
    },
  };
}
