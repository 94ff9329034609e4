import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { allocator } from '../contract/allocator.ts';
import type { Accelerator } from '../contract/host.ts';
import { ProblemError } from '../contract/problem.ts';
import type { Problem } from '../contract/problem.ts';
import type { Budget } from './host/budget.ts';
import type { Log } from './log.ts';
import { codeFolder } from './keep-code.ts';
import { rotatingFile } from './log.ts';
import { assetsFolder, fromSource, projectRoot } from './paths.ts';
import { pause } from './target/live-list.ts';
import { monotonic } from '../contract/monotonic.ts';

const startLimitMs = 30_000;
const stopLimitMs = 10_000;
/** VMs are asked to shut down first, then made to. */
const stopVmsLimitMs = 120_000;

export interface EngineOptions {
  dataDir: string;
  logFile: string;
  /** Read at every start, so that a changed setting counts after the next one. */
  config: () => Promise<{ accelerator: Accelerator } & Budget>;
  log: Log;
  /** It answers (again); the kubeconfig is written. Whoever waits for a restart waits for this too. Must not reject. */
  onReady: () => Promise<void>;
  /** It ended, or did not start; it is tried again. */
  onTrouble: (problem: Problem) => void;
}

/** The engine as a child process of the backend: started again with growing pauses when it dies; VMs outlive it. */
export interface Engine {
  /** Resolves when it answered once; rejects with a Problem when the first start failed (it is tried again all the same). */
  readonly firstStart: Promise<void>;
  readonly pid: number | undefined;
  /** Ends it and starts it anew with the settings of now; VMs run on. Resolves when it answers again. Rejects with a Problem. */
  restart(): Promise<void>;
  /** Ends it, VMs keep running; with `vms` they are shut down first. */
  stop(vms: boolean): Promise<void>;
}

export function startEngine(options: EngineOptions): Engine {
  const over = new AbortController();
  const file = rotatingFile(options.logFile);
  let child: ChildProcess | undefined;
  /** Ends because it is wanted anew. */
  let leaving: ChildProcess | undefined;
  /** Who waits for the next start. */
  let awaited: PromiseWithResolvers<void> | undefined;
  let settle: (error?: ProblemError) => void = () => undefined;
  const firstStart = new Promise<void>((resolve, reject) => {
    settle = (error) => (error ? reject(error) : resolve());
  });
  firstStart.catch(() => undefined); // whoever asks has it; a failed first start must not end the backend

  async function runOnce(): Promise<void> {
    const { accelerator, memory, processors, keptDisk } = await options.config();
    if (over.signal.aborted) return;
    const program = fromSource ? join(projectRoot, 'main/embedded/main.ts') : join(projectRoot, 'out/main/engine.js');
    // In the desktop app we run inside Electron, which says by HEARTH_NODE what runs plain Node programs.
    const code = codeFolder();
    const running = spawn(
      process.env['HEARTH_NODE'] ?? process.execPath,
      [
        '--enable-source-maps', program, '--data-dir', options.dataDir, '--assets', assetsFolder,
        '--accelerator', accelerator, '--memory', String(memory),
        '--processors', String(processors), '--kept-disk', String(keptDisk), '--parent-exits',
      ], // prettier-ignore
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
        windowsHide: true,
        env: { ...process.env, ...allocator, ...(code !== undefined && { NODE_COMPILE_CACHE: code }) },
      },
    );
    child = running;
    const lastLines: string[] = [];
    const lines = (input: Readable, use: (line: string) => void) =>
      createInterface({ input })
        .on('line', use)
        .on('error', (error: unknown) => options.log.debug({ err: error }, 'the engine cannot be read any more'));
    lines(running.stderr, (line) => {
      file.write(`${line}\n`);
      lastLines.push(readable(line));
      if (lastLines.length > 20) lastLines.shift();
    });
    running.stdin.on('error', (error) => options.log.debug({ err: error }, 'the engine closed its input'));
    const late = setTimeout(() => running.kill('SIGKILL'), startLimitMs);
    lines(running.stdout, (line) => {
      if (!line.includes('"ready"')) return;
      clearTimeout(late);
      settle();
      const waiting = awaited;
      awaited = undefined;
      options.log.info({ pid: running.pid }, 'engine ready');
      // A request between the new engine's first word and the new credentials would be cut off, done or not.
      void options.onReady().then(() => waiting?.resolve());
    });
    const ended = await new Promise<string>((resolve) => {
      running.once('error', (error) => resolve(error.message));
      running.once('close', (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with code ${code}`));
    });
    clearTimeout(late);
    child = undefined;
    // Asked for: it comes back in a moment.
    if (over.signal.aborted || running === leaving) return;
    const problem = new ProblemError({
      code: 'engine-failed',
      title: 'The engine of the Quick lab stopped',
      detail: `It ${ended}. Machines that run keep running; it is started again.`,
      ...(lastLines.length > 0 && { cause: lastLines.at(-1) }),
      command: program,
      output: lastLines.slice(-8),
    });
    options.log.error({ problem: problem.problem }, 'engine ended');
    settle(problem);
    awaited?.reject(problem);
    awaited = undefined;
    options.onTrouble(problem.problem);
  }
  const running = (async () => {
    for (let failures = 0; !over.signal.aborted;) {
      const begun = monotonic();
      try {
        await runOnce();
      } catch (error) {
        options.log.error({ err: error }, 'the engine could not be started');
        const problem =
          error instanceof ProblemError
            ? error
            : new ProblemError({
                code: 'engine-failed',
                title: 'The engine could not be started',
                detail: String(error),
              });
        settle(problem);
        options.onTrouble(problem.problem);
      }
      failures = monotonic() - begun > 60_000 ? 0 : failures + 1;
      await pause(Math.min(10_000, 125 * 2 ** failures), over.signal);
    }
  })();
  return {
    firstStart,
    get pid() {
      return child?.pid;
    },
    restart() {
      awaited ??= Promise.withResolvers<void>();
      const { promise } = awaited;
      leaving = child;
      child?.kill('SIGTERM');
      return promise;
    },
    async stop(vms) {
      over.abort();
      const engine = child;
      if (engine) {
        if (vms) engine.stdin?.write('stop-vms\n');
        else engine.kill('SIGTERM');
        const limit = setTimeout(() => engine.kill('SIGKILL'), vms ? stopVmsLimitMs : stopLimitMs);
        await new Promise<void>((resolve) => {
          if (engine.exitCode !== null || engine.signalCode !== null) resolve();
          else engine.once('close', () => resolve());
        });
        clearTimeout(limit);
      }
      await running;
      file.close();
    },
  };
}

/** A line of the engine's log as words; anything else as it is. */
function readable(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return [msg, err?.message].filter((part, at, all) => part && all.indexOf(part) === at).join(': ') || line;
  } catch (error) {
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}
