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
import { removeWhenEmpty } from './empty-folder.ts';
import { startEngine } from './engine.ts';
import { createHandlers } from './handlers.ts';
import { createHost } from './host/host.ts';
import { sweepTemporaries } from './json-file.ts';
import { createLabs } from './labs/labs.ts';
import { lateClassroom } from './late-classroom.ts';
import type { Lan, LanOptions } from './lan.ts';
import { late } from './late.ts';
import { takeLock } from './lock.ts';
import { createLog } from './log.ts';
import type { Log } from './log.ts';
import { offered } from './offered.ts';
import { createOperations } from './operations.ts';
import { noBox } from './own-box/no-box.ts';
import type { OwnBox, OwnBoxOptions } from './own-box/own-box.ts';
import { assetsFolder, dataPaths, privateFolder, projectRoot } from './paths.ts';
import type { Fetcher } from './provision/fetch/fetcher.ts';
import type { Provision } from './provision/provision.ts';
import { lateRecordings } from './recordings/late.ts';
import { noPages, portsOf } from './ports.ts';
import { openSeeing } from './seeing.ts';
import { openSettings } from './settings.ts';
import { openTargets } from './targets/targets.ts';
import type { Scope } from './target/scope.ts';
import { createTasks } from './tasks/tasks.ts';
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

/** Composition: plain calls in order. Throws a Problem when the data directory is in use or the port is taken. */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  // Whatever makes files and sockets for us (the upload store, QEMU of the trial) makes them for this user alone.
  process.umask(0o077);
  const startedAt = new Date().toISOString();
  const paths = dataPaths(options.dataDir);
  const ending: (() => Promise<unknown> | void)[] = [];
  const end = async (): Promise<void> => {
    for (const step of ending.splice(0).toReversed()) await step();
  };
  try {
    for (const folder of [paths.root, paths.logs, paths.run, paths.uploads]) await privateFolder(folder);
    const lock = await takeLock(paths.lock, paths.root);
    ending.push(() => removeWhenEmpty(paths.run));
    ending.push(() => lock.release());
    const log = createLog({ path: paths.log, quiet: options.quiet ?? false });
    ending.push(() => log.close());
    log.info({ dataDir: paths.root, pid: process.pid, node: process.version }, 'Hearth starts');
    // The engine clears up its own folder.
    const swept = await sweepTemporaries(paths.root, ['engine']);
    if (swept.length > 0) log.info({ swept }, 'removed what a killed Hearth left half-written');
    const settings = await openSettings(paths.settings, log);
    const tasks = await createTasks({ file: paths.tasks, log: log.child({ part: 'tasks' }) });
    const host = createHost({ dataDir: paths.root, assets: assetsFolder, override: () => settings.value.accelerator });

    let stopVms = false;
    // A box opens its doors first, and starts its Quick lab then: it may be slow, and whoever waits has nothing else to look at.
    const doors = Promise.withResolvers<void>();
    let reload = async (): Promise<void> => undefined;
    let trouble: ((problem: Problem) => void) | undefined;
    let lastTrouble: Problem | undefined;
    const engine = startEngine({
      dataDir: paths.root,
      logFile: join(paths.logs, 'engine.log'),
      log: log.child({ part: 'engine' }),
      onReady: () => {
        lastTrouble = undefined;
        return reload();
      },
      onTrouble: (problem) => {
        lastTrouble = problem;
        trouble?.(problem);
      },
      config: async () => {
        if (options.box) await doors.promise;
        const { accelerator, facts } = await host.report();
        return {
          accelerator: accelerator.chosen,
          memory: Math.max(0, facts.memory.total - settings.value.reservedMemory),
        };
      },
    });
    ending.push(() => engine.stop(stopVms || settings.value.stopMachinesOnExit));
    ending.push(() => doors.resolve());
    const engineUp = engine.firstStart.then(() => undefined, (error: unknown) => error); // prettier-ignore
    const engineTrouble: unknown = options.box ? undefined : await engineUp;
    const hostReport = () => host.report();
    let fetching: Promise<Fetcher> | undefined;
    const fetcher = (): Promise<Fetcher> =>
      (fetching ??= import('./provision/fetch/create.ts').then(({ createFetcher }) =>
        createFetcher({ cacheDir: join(paths.root, 'downloads'), log: log.child({ part: 'downloads' }) }),
      ));
    const targets = await openTargets({
      paths,
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
    reload = () =>
      target.reload().catch((error: unknown) => log.error({ err: error }, 'the kubeconfig could not be read'));
    trouble = (problem) => target.trouble(problem);
    if (lastTrouble) trouble(lastTrouble);
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
      follow: (signal, run, reset) => targets.follow(signal, (on, over) => run(on.target, over), reset),
      tasks,
      settings,
      paths,
      log,
      ending: over.signal,
      async useAccelerator(accelerator) {
        await settings.update({ accelerator });
        await engine.restart();
      },
    };
    const operations = createOperations(scope);
    const transfer = createTransfer(scope, version);
    let web: Web | undefined, lan: Lan | undefined;
    const info = (): Omit<AppInfo, 'carrier'> => ({
      version, dataDir: paths.root, pid: process.pid, platform: process.platform, node: process.version, startedAt,
      ports: portsOf(web, lan, target.client.credentials.server),
    }); // prettier-ignore
    const seeing = await openSeeing({ paths, tasks, targets, host, info, log });
    ending.push(() => seeing.close());
    let own: OwnBox | undefined;
    const access = await openAccess({ paths, target: () => targets.current().id, log });
    ending.push(() => access.close());
    /** `secret`: of the session of somebody who signed in by name, where people do. */
    type Page = Partial<Pick<Visitor, 'session' | 'secret' | 'from'>>;
    const handlers = (carrier: AppInfo['carrier'], { session, secret, from = '' }: Page = {}, ownBox = own?.handlers('') ?? noBox): ContractHandlers =>
      seeing.record(access.allow(offered(createHandlers({
        paths, settings, host, tasks, targets, operations, transfer: transfer.handlers, labs: labs.handlers, classroom: classroom.handlers, recordings: recordings.handlers, seeing: seeing.handlers, appliances: appliances.handlers,
        boxes: boxes.handlers, ownBox, access: access.handlers(secret),
        info: () => ({ ...info(), carrier }),
      }), () => targets.current().target), secret), () => ({ carrier, ...(session && { session }), ...(secret !== undefined && { person: { ...access.person(secret), from } }) })); // prettier-ignore
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
      doors.resolve();
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
      async close(how = {}) {
        stopVms = how.stopVms ?? false;
        log.info({ stopVms }, 'Hearth ends');
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
