import { flushCompileCache } from 'node:module';
import { asProblem } from '../contract/problem.ts';
import type { Log } from './log.ts';
import { runProcess } from './process.ts';

/** systemd, where it started this process and wants to know how it is (sd_notify(3), sd_watchdog_enabled(3)). */
export interface ServiceManager {
  /**
   * Says that the doors are open, then again and again that it is alive, for as long as `alive` resolves in time: a process
   * that hangs, or whose doors do not answer any more, is silent, and is started again.
   */
  begin(options: { alive: () => Promise<void>; log: Log }): Promise<void>;
  close(): void;
}

/** Milliseconds after which what was compiled at this start is kept for the next one; it would be lost with the power. */
const compiledMs = 2 * 60_000;
/** Milliseconds the program that carries a message may take. */
const patience = 20_000;
/** Signs of life within the time after which systemd gives up: some may get lost on a computer that is busy. */
const signs = 4;

/**
 * Takes what systemd said out of the environment: programs that are started from here are not the service. Node has no
 * datagram sockets of the Unix kind, so systemd-notify carries each message: a short process now and then.
 */
export function takeServiceManager(env: NodeJS.ProcessEnv = process.env): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: microseconds = '' } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  const every = /^[1-9]\d{0,15}$/.test(microseconds) ? Number(microseconds) / 1000 / signs : undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const tell = async (message: string): Promise<void> => {
    const { code, stderr, timedOut } = await runProcess(['systemd-notify', message], {
      timeoutMs: patience,
      env: { PATH: '/usr/bin:/bin', NOTIFY_SOCKET: socket },
    });
    if (code !== 0) throw new Error(timedOut ? 'systemd-notify did not end' : stderr.trim() || `systemd-notify ended with ${code}`); // prettier-ignore
  };
  return {
    async begin({ alive, log }) {
      if (socket === undefined || socket === '') return;
      let silent = false;
      const sign = async (ms: number): Promise<void> => {
        try {
          await within(alive(), ms);
          if (closed) return;
          await tell('WATCHDOG=1');
          if (silent) log.info({}, 'it answers again');
          silent = false;
        } catch (error) {
          if (closed) return;
          if (!silent) log.error({ problem: asProblem(error) }, 'it does not answer; systemd starts it again unless it does soon'); // prettier-ignore
          silent = true;
        }
      };
      const follow = (ms: number): void => {
        // Not earlier than the last one has ended: what is slow already is not asked twice at once.
        timer = setTimeout(() => void sign(ms).then(() => (closed ? undefined : follow(ms))), ms).unref();
      };
      for (let tries = 1; ; tries += 1)
        try {
          await tell('READY=1');
          break;
        } catch (error) {
          log.error({ problem: asProblem(error), tries }, 'systemd could not be told that the service is ready');
          if (tries >= 5 || closed) return;
        }
      if (every !== undefined && !closed) follow(every);
      setTimeout(flushCompileCache, compiledMs).unref();
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  work.catch(() => undefined); // it may fail when nobody waits for it any more
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
