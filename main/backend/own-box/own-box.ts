import type { BoxState } from '../../contract/box/state.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
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
import { createAddressFollowing } from './address.ts';
import type { AddressPace } from './address.ts';
import { createAgentClient } from './agent-client.ts';
import { createBoxAppliance } from './appliance.ts';
import type { BoxProvision } from './appliance.ts';
import { openApps } from './apps.ts';
import { createBringing } from './bring.ts';
import { createClusterTarget } from './cluster-target.ts';
import type { ClusterTargets } from './cluster-target.ts';
import type { ConsoleAnswers } from './console.ts';
import type { ShownCode } from './code.ts';
import { createDoors } from './doors.ts';
import { createHandlers } from './handlers.ts';
import { newIdentity, openIdentity } from './identity.ts';
import { createIncoming } from './incoming.ts';
import type { IncomingLimits } from './incoming.ts';
import { createMachinesTold } from './machines-told.ts';
import type { MachinesPace } from './machines-told.ts';
import { createPageUpdate } from './page-update.ts';
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
  /** How long another address must hold before k3s is told; only tests have others. */
  addressPace?: AddressPace;
  /** What an image may take; only tests have others. */
  incomingLimits?: IncomingLimits;
  paths: DataPaths;
  version: string;
  tasks: Tasks;
  targets: ClusterTargets;
  provision: () => Promise<BoxProvision>;
  /** Serves a page over a port; `at` of its visitor: address of the box at which the browser reached it. */
  attach: Served['attach'];
  /** The handlers as an app uses them, so that the history says who did it. */
  recorded: (who: string, ownBox: ContractHandlers['ownBox']) => ContractHandlers['ownBox'];
  log: Log;
}
export interface OwnBox {
  /** For a page whose browser reached the box at that address; none: in no network. */
  handlers(at: string): ContractHandlers['ownBox'];
  /** Port of its pages; undefined while its key is damaged. */
  readonly port: number | undefined;
  /** Throws when its doors do not answer as they should; without a key there are none. */
  alive(): Promise<void>;
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
  const limits = options.incomingLimits;
  const pageUpdate = createPageUpdate({ places, agent, receiving: () => incoming.receiving(), log, limits });
  const incoming = createIncoming(places, limits, () => pageUpdate.clear());
  await incoming.sweep();
  const wishes = () => readWishes(agent);
  const runners = () =>
    runnersOf(paths, async () => (await ownAppliance(await options.provision()))?.settings.nodeName);

  let busy: BoxState['busy'];
  let trouble: Problem | undefined;
  const state = createLiveValue<BoxState | undefined>(undefined);
  /** On the screen just now. */
  const code = createLiveValue<ShownCode | undefined>(undefined);
  const refresh = (): void => {
    const { state: known, connected } = agent.now.value;
    if (!known) return;
    address.look();
    const following = { words: address.words(), problem: address.problem() };
    const next = boxState({ agent: known, connected, setup: setup.now.value, account: account.name !== undefined, apps: apps.list(), task: appliance.task(), busy, trouble, address: following, version }); // prettier-ignore
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
  const address = createAddressFollowing({
    agent,
    setup,
    provision: options.provision,
    tasks,
    resting: () => busy === undefined,
    changed: () => refresh(),
    signal,
    log,
    pace: options.addressPace,
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
  const clusterTarget = createClusterTarget({ targets, name: () => state.value?.name ?? '', log });
  const self = createSelfSetup({ agent, apps, setup, appliance, bringing, showCluster: clusterTarget.show, machines, wishes, resting: () => busy === undefined, signal, log }); // prettier-ignore
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
    bringing,
    named: clusterTarget.rename,
    join: async (input) =>
      (await options.provision()).joinHere({
        place: { type: 'local' },
        ...input,
        onJoined: (address) => setup.change({ joined: { server: input.server, nodeName: input.nodeName, address } }),
      }),
    signOut,
    begun() {
      trouble = undefined;
    },
    changed: () => {
      refresh();
      doors.recheck();
    },
  });
  const handlers = (at: string) =>
    createHandlers({ agent, state, code, act, runners, apps, account, data: options.dir, at, update: pageUpdate });
  const doors = createDoors({
    ...options,
    async upload(request, response) {
      if (await pageUpdate.upload(request, response)) return;
      if (options.upload) await options.upload(request, response);
      else response.writeHead(404).end();
    },
    agent,
    apps,
    account,
    signIn,
    state,
    code,
    tasks,
    incoming,
    act: async (app, action, at) =>
      options.recorded(`app ${app.name}`, { ...handlers(at), act: (input) => act(input.action, { type: 'app', at }) }).act({ action }, { signal }), // prettier-ignore
    handlers: handlers(''),
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
    alive: async () => (doors.port() === undefined ? undefined : doors.answers()),
    async close() {
      over.abort();
      bringing.close();
      await stopControl();
      await doors.close();
      await Promise.all([self.idle(), address.idle()]);
      agent.close();
    },
  };
}
