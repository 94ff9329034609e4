import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');

export interface Reply {
  code: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}
export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** false: without a token. */
  token?: string | false;
  /** Called when bytes of the answer come in. */
  onData?: () => void;
}

/** A real engine process on a data folder of its own. */
export class TestEngine {
  readonly dataDir: string;
  readonly home: string;
  readonly log: string[] = [];
  server = '';
  kubeconfig = '';
  ca = '';
  token = '';
  private child: ChildProcess | undefined;
  private constructor(home: string) {
    this.home = home;
    this.dataDir = join(home, 'data');
  }
  static async start(extra: string[] = [], parent = tmpdir()): Promise<TestEngine> {
    const engine = new TestEngine(await mkdtemp(join(parent, 'hearth-engine-')));
    await engine.up(extra);
    return engine;
  }
  get pid(): number {
    return this.child?.pid ?? 0;
  }
  get process(): ChildProcess {
    if (!this.child) throw new Error('the engine is not running');
    return this.child;
  }
  /** Starts the process and waits for its one line. */
  async up(extra: string[] = []): Promise<void> {
    const argv = ['main/embedded/main.ts', '--data-dir', this.dataDir, '--assets', 'assets', '--accelerator', 'tcg', '--memory', String(2 ** 32), '--parent-exits', ...extra]; // prettier-ignore
    const child = spawn(process.execPath, argv, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    createInterface({ input: child.stderr }).on('line', (line) => this.log.push(line));
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', (code) =>
        reject(new Error(`the engine ended with ${code}: ${this.log.slice(-5).join('\n')}`)),
      );
    });
    const ready = JSON.parse(line) as { ready: boolean; server: string; kubeconfig: string };
    this.server = ready.server;
    this.kubeconfig = ready.kubeconfig;
    const config = parse(await readFile(ready.kubeconfig, 'utf8')) as {
      clusters: { cluster: { 'certificate-authority-data': string } }[];
      users: { user: { token: string } }[];
    };
    this.ca = Buffer.from(config.clusters[0]?.cluster['certificate-authority-data'] ?? '', 'base64').toString();
    this.token = config.users[0]?.user.token ?? '';
  }
  /** Sends a signal and waits for the end. */
  async down(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    return (await ended)[0];
  }
  async remove(): Promise<void> {
    await this.down('SIGTERM');
    await rm(this.home, { recursive: true, force: true });
  }
  /** The machine's kubectl (or another one) with this engine's kubeconfig; never throws. */
  async kubectl(args: string[], options: { input?: string; binary?: string; env?: Record<string, string> } = {}) {
    const { stdout, stderr, exitCode } = await execa(options.binary ?? 'kubectl', args, {
      reject: false,
      timeout: 30_000,
      input: options.input ?? '',
      env: { KUBECONFIG: this.kubeconfig, HOME: this.home, ...options.env },
    });
    return { stdout, stderr, exitCode, all: `${stdout}\n${stderr}` };
  }
  request(path: string, options: RequestOptions = {}): Promise<Reply> {
    const { method = 'GET', headers = {}, body, token = this.token } = options;
    return new Promise((resolve, reject) => {
      const authorization = token === false ? {} : { authorization: `Bearer ${token}` };
      const request = httpsRequest(`${this.server}${path}`, {
        method,
        ca: this.ca,
        agent: false,
        headers: { ...authorization, ...headers },
      });
      request.setTimeout(20_000, () => request.destroy(new Error(`no answer: ${method} ${path}`)));
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          options.onData?.();
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            code: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      request.end(body);
    });
  }
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the answer's shape once, at the call
  async json<T = Record<string, unknown>>(
    path: string,
    options: RequestOptions & { send?: unknown } = {},
  ): Promise<{ code: number; json: T }> {
    const { send, ...rest } = options;
    const type = { 'content-type': 'application/json', ...rest.headers };
    const reply = await this.request(
      path,
      send === undefined ? rest : { ...rest, headers: type, body: JSON.stringify(send) },
    );
    return { code: reply.code, json: JSON.parse(reply.body) as T };
  }
}
