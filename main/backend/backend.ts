import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contract } from '../contract/contract.ts';
import type { AppInfo, ContractHandlers } from '../contract/contract.ts';
import type { Port } from '../contract/port.ts';
import { ProblemError } from '../contract/problem.ts';
import type { Problem } from '../contract/problem.ts';
import { serve } from '../contract/serve.ts';
import { openAccess } from './access/access.ts';
import { createSignIn } from './carrier/sign-in.ts';
import type { Served, Visitor } from './carrier/served.ts';
import { startWeb } from './carrier/web.ts';
import type { Web } from './carrier/web.ts';
import { startControl } from './control.ts';
import type { Engine } from './engine.ts';
import { followBudget } from './host/budget.ts';
import type { Host } from './host/host.ts';
import { createLabs } from './labs/labs.ts';
import { lateBackups } from './late-backups.ts';
import { lateClassroom } from './late-classroom.ts';
import { lateSets } from './late-sets.ts';
import type { Lan, LanOptions } from './lan.ts';
import { late } from './late.ts';
import type { Log } from './log.ts';
import { createOperations } from './operations.ts';
import { noBox } from './own-box/no-box.ts';
import type { OwnBox, OwnBoxOptions } from './own-box/own-box.ts';
import { projectRoot } from './paths.ts';
import type { DataPaths } from './paths.ts';
import type { Fetcher } from './provision/fetch/fetcher.ts';
import type { Provision } from './provision/provision.ts';
import { lateRecordings } from './recordings/late.ts';
import { pageHandlers } from './page-handlers.ts';
import { noPages, portsOf } from './ports.ts';
import { openSeeing } from './seeing.ts';
import type { SettingsStore } from './settings.ts';
import { openTargets } from './targets/targets.ts';
import type { Scope } from './target/scope.ts';
import { createTasks } from './tasks/tasks.ts';
import { createUndos } from './undo/undo.ts';
import { createTransfer } from './transfer/transfer.ts';

export interface BackendOptions {
  dataDir: string;
  /** Serves the pages on 127.0.0.1 at this port (0: any free one); left out in the desktop app, which has no port. */
  webPort?: number;
  /** No log on stderr. */
  quiet?: boolean;
  /** This computer is a box: serves its pages and its doors for apps to the network, over TLS. */
  box?: BoxOptions;
  /** Serves the pages to other computers, over TLS, to people who sign in. */
  lan?: LanOptions;
}
export interface BoxOptions extends Pick<OwnBoxOptions, 'dir' | 'agent' | 'port' | 'host' | 'announce'> {}
export interface Backend {
  readonly kubeconfig: string;
  readonly web: Web | undefined;
  readonly lan: Lan | undefined;
  /** Address of a box's pages as it sees them itself; undefined while its key is damaged, and elsewhere. */
  readonly boxAddress: string | undefined;
  /** Throws when the doors of a box do not answer; elsewhere nothing is asked. */
  alive(): Promise<void>;
  readonly log: Log;
  /** Why the engine did not start, if it did not; it is tried again all the same. Not known yet on a box. */
  readonly engineTrouble: unknown;
  /** Process id of the engine while it runs. */
  readonly enginePid: number | undefined;
  /** Serves one page over a port. */
  attach(port: Port, carrier: AppInfo['carrier']): void;
  handlers(carrier: AppInfo['carrier']): ContractHandlers;
  /** Ends everything in order. VMs keep running unless `stopVms` (or the setting) says otherwise. */
  close(options?: { stopVms?: boolean }): Promise<void>;
}

/** It answers (again), with new credentials; or it ended, and is tried again. */
export interface EngineListener {
  ready(): Promise<void>;
  trouble(problem: Problem): void;
}
/** What is there before everything else: the folders are this program's alone, and the engine is on its way. */
export interface Begun {
  readonly options: BackendOptions;
  readonly startedAt: string;
  readonly paths: DataPaths;
  readonly log: Log;
  readonly settings: SettingsStore;
  readonly host: Host;
  readonly engine: Engine;
  /** Who hears of the engine from now on, and at once of its last trouble. */
  readonly listen: (listener: EngineListener) => void;
  /** A box opens its doors first, and starts its Quick lab then. */
  readonly openDoors: () => void;
  /** What is undone at the end, the newest first. */
  readonly ending: (() => Promise<unknown> | void)[];
  /** Undoes it. Machines keep running unless `stopVms` or the setting says otherwise. */
  readonly end: (how?: { stopVms?: boolean }) => Promise<void>;
}

/** Composition: plain calls in order. Throws a Problem when the port is taken. */
export async function assemble(begun: Begun): Promise<Backend> {
  const { options, startedAt, paths, log, settings, host, engine, listen, openDoors, ending, end } = begun;
  const tasks = await createTasks({ file: paths.tasks, log: log.child({ part: 'tasks' }) });
  const engineUp = engine.firstStart.then(() => undefined, (error: unknown) => error); // prettier-ignore
  const engineTrouble: unknown = options.box ? undefined : await engineUp;
  const hostReport = () => host.report();
  let fetching: Promise<Fetcher> | undefined;
  const fetcher = (): Promise<Fetcher> =>
    (fetching ??= import('./provision/fetch/create.ts').then(({ createFetcher }) =>
      createFetcher({ cacheDir: join(paths.root, 'downloads'), log: log.child({ part: 'downloads' }) }),
    ));
  const undos = createUndos();
  ending.push(() => undos.close());
  const targets = await openTargets({
    paths,
    undos,
    tasks,
    settings,
    log,
    host: hostReport,
    async kind(registry) {
      const { openKind } = await import('./targets/kind/open.ts');
      return openKind({
        folder: join(paths.root, 'targets'),
        tasks,
        targets: registry,
        fetcher: await fetcher(),
        hostReport,
        log,
      });
    },
  });
  const { target } = targets.quickLab;
  listen({
    ready: () =>
      target.reload().catch((error: unknown) => log.error({ err: error }, 'the kubeconfig could not be read')),
    trouble: (problem) => target.trouble(problem),
  });
  ending.push(() => targets.close());
  let provisioning: Promise<Provision> | undefined;
  const provision = (): Promise<Provision> => {
    provisioning ??= import('./places.ts').then(async ({ openPlaces }) =>
      openPlaces({ paths, tasks, targets, fetcher: await fetcher(), hostReport, log }),
    );
    provisioning.catch(() => (provisioning = undefined)); // whoever asked has the error; the next one tries again
    return provisioning;
  };
  const appliances = late('appliances', provision);
  ending.push(async () => (await provisioning?.catch(() => undefined))?.close());
  const boxes = late('boxes', async () => {
    const { openBoxes } = await import('./boxes/open.ts');
    return openBoxes({ paths, tasks, targets, version, log: log.child({ part: 'boxes' }) });
  });
  const labs = createLabs({ paths, settings, tasks, targets, version, log: log.child({ part: 'labs' }) });
  ending.push(() => boxes.close(), () => labs.close(), () => tasks.close()); // prettier-ignore
  // Ends before the tasks: what is imported goes on at the next start, and is not taken for cancelled.
  ending.push(() => targets.closing());
  const classroom = lateClassroom({ paths, version, acting: () => handlers('web', { session: 'class' }), ending, log: log.child({ part: 'classroom' }) }); // prettier-ignore
  const recordings = lateRecordings({ paths, tasks, targets, labs: labs.handlers, ending, log });
  const over = new AbortController();
  ending.push(() => over.abort());
  const scope: Scope = {
    target: () => targets.current().target,
    others: () => targets.opened().flatMap((each) => (each === targets.current() ? [] : [each.target])),
    follow: (signal, run, reset) => targets.follow(signal, (on, over) => run(on.target, over), reset),
    tasks,
    undos,
    settings,
    paths,
    log,
    ending: over.signal,
    async useAccelerator(accelerator) {
      await settings.update({ accelerator });
      await engine.restart();
    },
  };
  followBudget(settings, () => engine.restart(), over.signal, log).catch((error: unknown) => log.error({ err: error }, 'settings are not followed')); // prettier-ignore
  const operations = createOperations(scope);
  const transfer = createTransfer(scope, targets, version);
  const backups = lateBackups({ scope, targets, version, ending });
  const sets = lateSets({ scope, targets, ending });
  let web: Web | undefined, lan: Lan | undefined;
  const info = (): Omit<AppInfo, 'carrier'> => ({
    version, dataDir: paths.root, pid: process.pid, platform: process.platform, node: process.version, startedAt,
    ports: portsOf(web, lan, target.client.credentials.server),
  }); // prettier-ignore
  const seeing = await openSeeing({ paths, tasks, targets, host, info, log });
  ending.push(() => seeing.close());
  let own: OwnBox | undefined;
  const access = await openAccess({
    paths,
    undos,
    target: () => ({ id: targets.current().id, client: targets.current().target.client }),
    log,
  });
  ending.push(() => access.close());
  /** `secret`: of the session of somebody who signed in by name, where people do. */
  type Page = Partial<Pick<Visitor, 'session' | 'secret' | 'from'>>;
  const handlers = (carrier: AppInfo['carrier'], { session, secret, from = '' }: Page = {}, ownBox = own?.handlers('') ?? noBox): ContractHandlers =>
    pageHandlers({
      paths, settings, host, tasks, targets, undo: undos.handlers, operations, transfer: transfer.handlers, backups: backups.handlers, labs: labs.handlers, classroom: classroom.handlers, recordings: recordings.handlers, sets: sets.handlers, seeing: seeing.handlers, appliances: appliances.handlers,
      boxes: boxes.handlers, ownBox, access: access.handlers(secret),
      info: () => ({ ...info(), carrier }),
    }, { allow: (all) => access.allow(all, secret), record: (all) => seeing.record(all, () => ({ carrier, ...(session && { session }), ...(secret !== undefined && { person: { ...access.person(secret), from } }) })) }); // prettier-ignore
  const attach = (port: Port, carrier: AppInfo['carrier'], page?: Page, ownBox?: ContractHandlers['ownBox']): void =>
    serve(contract, handlers(carrier, page, ownBox), port, {
      onError: (path, error) => {
        // A refusal is an answer like any other; only what nobody foresaw needs its stack.
        if (error instanceof ProblemError) log.info({ path, problem: error.problem }, 'request refused');
        else log.error({ path, err: error }, 'request failed');
      },
    });
  const files: Pick<Served, 'pages' | 'download' | 'exported' | 'upload'> = {
    pages: join(projectRoot, 'out', 'renderer'),
    download: (name, response) => seeing.download(name, response),
    exported: (name, request, response) => transfer.download(name, request, response),
    async upload(request, response) {
      if (!(await transfer.upload(request, response))) await targets.upload(request, response);
    },
  };
  if (options.box) {
    const { openOwnBox } = await import('./own-box/own-box.ts');
    const opened = await openOwnBox({
      ...options.box, ...files, paths, version, tasks, targets, provision, log,
      attach: (port, { session, at }) => attach(port, 'web', { session }, own?.handlers(at)),
      recorded: (session, ownBox) => handlers('web', { session }, ownBox).ownBox,
    }); // prettier-ignore
    own = opened;
    openDoors();
    ending.push(() => opened.close());
  }
  if (options.webPort !== undefined) {
    const signIn = await createSignIn({ file: paths.sessions, log });
    web = await startWeb({
      port: options.webPort,
      ...files,
      cookie: `hearth_${paths.id}`,
      signIn,
      log: log.child({ part: 'web' }),
      attach: (port, { session }) => attach(port, 'web', { session }),
    });
    ending.push(() => web?.close());
  }
  if (options.lan) {
    const { openLan } = await import('./lan.ts');
    const opened = await openLan({
      ...options.lan, access, files, paths, log, note: (who, entry) => seeing.note(who, entry),
      attach: (port, page) => attach(port, 'web', page),
    }); // prettier-ignore
    lan = opened;
    ending.push(() => opened.close());
  }
  void classroom.goOn();
  ending.push(
    await startControl(
      paths.control,
      { 'sign-in': () => ({ url: (lan ?? web)?.signInUrl(), ...(!lan && !web && { problem: noPages }) }) },
      (port) => attach(port, 'desktop'),
      log,
    ),
  );
  return {
    kubeconfig: paths.kubeconfig,
    web,
    lan,
    alive: async () => own?.alive(),
    get boxAddress() {
      return own?.port === undefined ? undefined : `https://127.0.0.1:${own.port}/`;
    },
    log,
    engineTrouble,
    get enginePid() {
      return engine.pid;
    },
    attach,
    handlers,
    async close(how) {
      log.info({ stopVms: how?.stopVms ?? false }, 'Hearth ends');
      await end(how);
    },
  };
}

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
