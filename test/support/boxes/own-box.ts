import { randomBytes } from 'node:crypto';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair } from '../../../main/backend/boxes/pairing/certificate.ts';
import type { KeyPair } from '../../../main/backend/boxes/pairing/certificate.ts';
import { pairByCode } from '../../../main/backend/boxes/app-pairing/by-code.ts';
import { askJson } from '../../../main/backend/boxes/link/request.ts';
import { askControl } from '../../../main/backend/control.ts';
import type { BoxProvision } from '../../../main/backend/own-box/appliance.ts';
import { openOwnBox } from '../../../main/backend/own-box/own-box.ts';
import type { OwnBox, OwnBoxOptions } from '../../../main/backend/own-box/own-box.ts';
import { boxPlaces } from '../../../main/backend/own-box/places.ts';
import { dataPaths, privateFolder } from '../../../main/backend/paths.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import type { Tasks } from '../../../main/backend/tasks/tasks.ts';
import type { BoxActionInput, BoxActionResult } from '../../../main/contract/box/actions.ts';
import type { AgentState } from '../../../main/contract/box/agent.ts';
import { ownBoxProcedures } from '../../../main/contract/box/boxes.ts';
import type { BoxState } from '../../../main/contract/box/state.ts';
import { serve } from '../../../main/contract/serve.ts';
import type { Task } from '../../../main/contract/task.ts';
import { fakeAgent } from './fake-agent.ts';
import type { FakeAgent } from './fake-agent.ts';
import { silentLog } from './silent-log.ts';

export interface TestApp extends KeyPair {
  name: string;
}
export const testApp = async (name = 'Desk'): Promise<TestApp> => ({ ...(await makeKeyPair(name)), name });

/** A real own box on a loopback port, with a scripted agent and no cluster. Everything it keeps is in a folder of its own. */
export interface TestBox {
  readonly root: string;
  readonly agent: FakeAgent;
  readonly own: OwnBox;
  readonly tasks: Tasks;
  readonly places: ReturnType<typeof boxPlaces>;
  readonly paths: ReturnType<typeof dataPaths>;
  /** 127.0.0.1:PORT */
  readonly address: string;
  /** Of its certificate, read from its folder. */
  fingerprint(): Promise<string>;
  /** The digits that its screen shows. */
  code(): string | undefined;
  /** What the agent was told to show is as wanted. */
  shown(wanted: (show: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  pair(app: TestApp): Promise<void>;
  ask(app: TestApp | undefined, method: 'GET' | 'POST' | 'PUT', path: string, json?: unknown): Promise<unknown>;
  act(app: TestApp, action: BoxActionInput): Promise<BoxActionResult>;
  state(app: TestApp, wanted: (state: BoxState) => boolean): Promise<BoxState>;
  ended(taskId: string): Promise<Task>;
  /** Ends it and starts it again on the same folder; the port may be another one. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startOwnBox(
  options: {
    agent?: Partial<AgentState>;
    /** Put in its place before it starts. */
    prepare?: (root: string) => Promise<void>;
    change?: Partial<OwnBoxOptions>;
  } = {},
): Promise<TestBox> {
  const root = await mkdtemp(join(tmpdir(), 'hearth-own-'));
  const paths = dataPaths(join(root, 'app'));
  for (const folder of [paths.root, paths.logs, join(root, 'run')]) await privateFolder(folder);
  await writeFile(paths.log, 'a line\n');
  await mkdir(join(root, 'pages', 'assets'), { recursive: true });
  await writeFile(join(root, 'pages', 'index.html'), '<!doctype html><title>the pages of the box</title>');
  const dir = join(root, 'box');
  await privateFolder(dir);
  await options.prepare?.(dir);
  const agent = await fakeAgent(join(root, 'run', 'agent.sock'), options.agent);
  let tasks = await createTasks({ file: paths.tasks, log: silentLog });
  const open = async (): Promise<OwnBox> => {
    const opened: OwnBox = await openOwnBox({
      dir,
      agent: agent.path,
      port: 0,
      host: '127.0.0.1',
      announce: false,
      pages: join(root, 'pages'),
      paths,
      version: '0.1.0',
      tasks,
      targets: noTargets,
      provision: async () => noProvision,
      attach: (port, { at }) => serve(ownBoxProcedures, opened.handlers(at), port),
      recorded: (_who, handlers) => handlers,
      log: silentLog,
      ...options.change,
    });
    return opened;
  };
  let own = await open();
  const places = boxPlaces(dir);
  const box: TestBox = {
    root,
    agent,
    places,
    paths,
    get own() {
      return own;
    },
    get tasks() {
      return tasks;
    },
    get address() {
      return `127.0.0.1:${own.port ?? 0}`;
    },
    async fingerprint() {
      return String((await box.shown(({ fingerprint }) => fingerprint !== ''))['fingerprint']);
    },
    code: () => agent.last('show')?.code?.digits,
    shown: (wanted) => until(() => agent.last('show'), (show) => show !== undefined && wanted(show)) as Promise<Record<string, unknown>>, // prettier-ignore
    async pair(app) {
      if (agent.last('show')?.code === undefined) await askControl(places.control, 'box-code');
      await box.shown(({ code }) => code !== undefined);
      await pairByCode({ address: box.address, pin: await box.fingerprint() }, app, box.code() ?? '');
    },
    async ask(app, method, path, json) {
      const reach = { address: box.address, ...(app && { identity: app }) };
      const { value } = await askJson(reach, { method, path, ...(json !== undefined && { json }) });
      return value;
    },
    act: async (app, action) => (await box.ask(app, 'POST', '/box/act', action)) as BoxActionResult,
    async state(app, wanted) {
      const limit = AbortSignal.timeout(8000);
      const { followState } = await import('../../../main/backend/boxes/link/follow.ts');
      let last: BoxState | undefined;
      return new Promise((resolve, reject) => {
        const over = new AbortController();
        followState({
          reach: { address: box.address, pin: pinOf(agent), identity: app },
          boxId: agent.state.boxId,
          onState(state) {
            last = state;
            if (!wanted(state)) return;
            resolve(state);
            over.abort();
          },
          signal: AbortSignal.any([limit, over.signal]),
        }).then(
          () => reject(new Error(`the states ended: ${JSON.stringify(last)}`)),
          (error: unknown) => reject(limit.aborted ? new Error(`never: ${JSON.stringify(last)}`) : (error as Error)),
        );
      });
    },
    ended: (id) => until(() => tasks.get(id), (task) => task !== undefined && task.state !== 'running') as Promise<Task>,
    async restart() {
      await own.close();
      await tasks.close();
      tasks = await createTasks({ file: paths.tasks, log: silentLog });
      own = await open();
    },
    async close() {
      await own.close();
      await tasks.close();
      await agent.close();
      await rm(root, { recursive: true, force: true });
    },
  }; // prettier-ignore
  await until(
    () => agent.last('show'),
    (show) => show !== undefined,
  );
  return box;
}
const pinOf = (agent: FakeAgent): string => agent.last('show')?.fingerprint ?? '';

/** A box whose cluster is not among the targets. */
const noTargets: OwnBoxOptions['targets'] = {
  open: () => Promise.reject(new Error('this box has no cluster')),
  handlers: { use: () => undefined, rename: () => undefined },
};
const noAppliance = async (): Promise<never> => {
  throw new Error('this box has no appliance');
};
const noProvision: BoxProvision = {
  joinHere: noAppliance,
  followAddress: noAppliance,
  handlers: {
    preflight: noAppliance,
    install: noAppliance,
    joinOffer: noAppliance,
    async *watch() {
      yield { type: 'snapshot', items: [] };
    },
  },
};

/** The value once it is as wanted; throws after 8 s. */
export async function until<T>(read: () => T | Promise<T>, wanted: (value: T) => boolean, ms = 8000): Promise<T> {
  for (const deadline = Date.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
    const value = await read();
    if (wanted(value)) return value;
    if (Date.now() > deadline) throw new Error(`never: ${JSON.stringify(value)}`);
  }
}

/** A secret as the writer of a stick makes one, good for that app. */
export const enrolmentFor = (app: TestApp, days = 7) => ({
  secret: randomBytes(32).toString('base64url'),
  expires: new Date(Date.now() + days * 86_400_000).toISOString(),
  app: { name: app.name, fingerprint: app.fingerprint },
});
