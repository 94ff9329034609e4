import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { askControl } from '../../../../main/backend/control.ts';
import { boxPlaces } from '../../../../main/backend/own-box/places.ts';
import { dataPaths } from '../../../../main/backend/paths.ts';
import type { AgentState } from '../../../../main/contract/box/agent.ts';
import type { TestApp } from '../own-box.ts';
import { askJson } from '../../../../main/backend/boxes/link/request.ts';
import { pairByCode } from '../../../../main/backend/boxes/app-pairing/by-code.ts';
import { freePort } from '../../raw-guest.ts';
import { fakeAgent } from '../fake-agent.ts';
import type { FakeAgent } from '../fake-agent.ts';
import { until } from '../own-box.ts';
import type { ApplianceScript } from './scripted-place.ts';

const root = join(import.meta.dirname, '../../../..');

/** A box's own Hearth as it is shipped: the built `hearth serve --box` in a process, with a scripted agent on its socket. */
export interface BoxProcess {
  readonly folder: string;
  readonly agent: FakeAgent;
  /** Of its pages, on every loopback address. */
  readonly port: number;
  readonly places: ReturnType<typeof boxPlaces>;
  readonly paths: ReturnType<typeof dataPaths>;
  /** What it wrote to stderr, the newest 50 KB. */
  errors(): string;
  /** The digits that its screen shows, once it shows some. */
  code(): Promise<string>;
  fingerprint(): Promise<string>;
  /** How the install of its appliance goes from now on. */
  appliance(change: Partial<ApplianceScript>): void;
  pair(app: TestApp): Promise<void>;
  ask(app: TestApp, method: 'GET' | 'POST', path: string, json?: unknown): Promise<unknown>;
  up(): Promise<void>;
  /** SIGTERM unless told; it has ended then. */
  down(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  close(): Promise<void>;
}

export async function startBoxProcess(
  options: {
    agent?: Partial<AgentState>;
    /** Of the cluster that its install leads to. */
    kubeconfig?: string;
    /** In its data directory before it starts. */
    prepare?: (paths: BoxProcess['paths']) => Promise<void> | void;
    /** More arguments of `hearth serve`, instead of not announcing it. */
    args?: string[];
    env?: Record<string, string>;
  } = {},
): Promise<BoxProcess> {
  const cli = join(root, 'out/main/cli.js');
  if (!existsSync(cli)) throw new Error('npm run build first: this is about the built program');
  const folder = await mkdtemp(join(tmpdir(), 'hearth-box-'));
  const dataDir = join(folder, 'app');
  const paths = dataPaths(dataDir);
  const dir = join(folder, 'box');
  for (const each of [dir, paths.root, join(folder, 'run')]) await mkdir(each, { recursive: true, mode: 0o700 });
  await options.prepare?.(paths);
  const agent = await fakeAgent(join(folder, 'run', 'agent.sock'), options.agent);
  const script = join(folder, 'appliance.json');
  let plays: ApplianceScript = { kubeconfig: options.kubeconfig ?? '/nonexistent', paceMs: 30 };
  const appliance = (change: Partial<ApplianceScript>): void => {
    plays = { ...plays, ...change };
    writeFileSync(script, JSON.stringify(plays));
  };
  appliance({});
  const port = await freePort();
  let errors = '';
  let child: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(null);
  const up = async (): Promise<void> => {
    const preload = join(import.meta.dirname, 'appliance-preload.ts');
    const hearth = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning', '--import', preload, cli, 'serve', '--box', '--box-dir', dir, '--agent', agent.path,
        '--data-dir', dataDir, '--port', String(port), '--host', '0.0.0.0', ...(options.args ?? ['--no-announce']),
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, XDG_RUNTIME_DIR: join(folder, 'run'), HEARTH_TEST_APPLIANCE: script, ...options.env },
      },
    ); // prettier-ignore
    child = hearth;
    hearth.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-50_000)));
    ended = new Promise((resolve) => hearth.once('close', resolve));
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: hearth.stdout }).once('line', () => resolve());
      void ended.then((code) => reject(new Error(`the box ended with ${code}:\n${errors.slice(-4000)}`)));
    });
  };
  const down = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> => {
    child?.kill(signal);
    const limit = setTimeout(() => child?.kill('SIGKILL'), 30_000);
    const code = await ended;
    clearTimeout(limit);
    child = undefined;
    return code;
  };
  const places = boxPlaces(dir);
  const address = `127.0.0.1:${port}`;
  const box: BoxProcess = {
    folder,
    agent,
    port,
    places,
    paths,
    errors: () => errors,
    appliance,
    async code() {
      const shown = await until(() => agent.last('show')?.code, (code) => code !== undefined && code.until > Date.now(), 20_000); // prettier-ignore
      return shown?.digits ?? '';
    },
    async fingerprint() {
      const shown = await until(() => agent.last('show')?.fingerprint, (print) => Boolean(print), 20_000); // prettier-ignore
      return shown ?? '';
    },
    async pair(app) {
      if (agent.last('show')?.code === undefined) await askControl(places.control, 'box-code');
      await pairByCode({ address, pin: await box.fingerprint() }, app, await box.code());
    },
    async ask(app, method, path, json) {
      const { value } = await askJson(
        { address, identity: app },
        { method, path, ...(json !== undefined && { json }) },
      );
      return value;
    },
    up,
    down,
    async close() {
      if (child) await down();
      await agent.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await up();
  } catch (error) {
    await box.close();
    throw error;
  }
  return box;
}

/** What its log says, for a test that failed. */
export const logOf = (box: BoxProcess): string => readFileSync(box.paths.log, 'utf8').slice(-20_000);
