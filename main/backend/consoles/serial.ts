import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import type { BytePipe } from '../../contract/procedure.ts';
import { createQueue } from '../../contract/queue.ts';
import { asProblem } from '../../contract/problem.ts';
import type { ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { pause } from '../target/live-list.ts';
import { tailOf } from '../file-tail.ts';
import { newPart } from './catch-up.ts';
import { createConsoleFile } from './console-file.ts';
import { createRing } from './ring.ts';

export const scrollback = 1024 * 1024;
/** A page this far behind the console is shown a gap instead of being waited for: the guest must never stand still for it. */
const pageLimit = scrollback + 512 * 1024;
const retryMs = 1500;
/** How long a console without viewers keeps listening, so that a reload sees what happened in between. */
const lingerMs = 10 * 60_000;

/** Where a serial console was at some moment. It can be kept, and is understood after a restart of Hearth, too. */
export interface SerialMark {
  /** Which connection counted `total`. */
  run: string;
  total: number;
  /** The last bytes before it (base64), to find the place again where nobody counted on. */
  tail: string;
}
const tailBytes = 1024;

/** The one connection to a machine's serial console, its scrollback, and everybody who looks at it. */
export interface SerialConsole {
  /** `brief`: who only looks in; unless somebody else did more than that, the console is closed when they leave. */
  attach(brief?: boolean): BytePipe;
  /** The machine runs: do not wait for the next try. */
  retry(): void;
  /** The kept scrollback, or what came of it since a mark. */
  text(since?: SerialMark): { text: string; truncated: boolean };
  mark(): SerialMark;
  /** Listens on without a viewer until it is let go. */
  hold(): () => void;
  close(): Promise<void>;
}
interface Viewer {
  queue: ReturnType<typeof createQueue<Uint8Array>>;
  behind: number;
  lost: number;
  /** That nobody listens, since the last connection. */
  told: boolean;
}

/**
 * Opens the console whenever the machine runs (the target closes an older connection for a newer one, so there must be
 * exactly one), keeps 1 MiB of what it says in memory and on disk, and hands it to any number of viewers. What `forGood`
 * says of an error of `connect` is the end of it, and every viewer is told.
 */
export async function openSerial(options: {
  connect: (signal: AbortSignal) => Promise<Duplex>;
  file: string;
  log: Log;
  /** Why trying again is no use; undefined where it is. */
  forGood?: (error: unknown) => Promise<ProblemError | undefined>;
  /** Nobody has looked for a while, or nobody can. */
  unused: () => void;
}): Promise<SerialConsole> {
  const ring = createRing(scrollback);
  const viewers = new Set<Viewer>();
  let end: ProblemError | undefined;
  const over = new AbortController();
  let stream: Duplex | undefined;
  let idle: NodeJS.Timeout | undefined;
  let hope = new AbortController();
  /** Over when the try to connect that is under way has ended, so or so. */
  let trying = Promise.withResolvers<void>();
  await mkdir(dirname(options.file), { recursive: true, mode: 0o700 });
  const kept = await tailOf(options.file, scrollback);
  if (kept) ring.push(kept.bytes);
  const file = createConsoleFile({ path: options.file, size: kept?.size ?? 0, ring, log: options.log });

  function heard(chunk: Buffer): void {
    ring.push(chunk);
    file.heard(chunk);
    for (const viewer of viewers) {
      if (viewer.behind + chunk.length > pageLimit) {
        viewer.lost += chunk.length;
        continue;
      }
      if (viewer.lost > 0) {
        const gap = Buffer.from(`\r\n[${viewer.lost} bytes were skipped: this window was too slow]\r\n`);
        viewer.lost = 0;
        viewer.behind += gap.length;
        viewer.queue.push(gap);
      }
      viewer.behind += chunk.length;
      viewer.queue.push(chunk);
    }
  }
  async function follow(): Promise<void> {
    let told = '';
    while (!over.signal.aborted) {
      try {
        stream = await options.connect(over.signal);
        trying.resolve();
        told = '';
        for (const viewer of viewers) viewer.told = false;
        let first = true;
        for await (const chunk of stream) {
          const bytes = first ? newPart(ring.read(), chunk as Buffer) : (chunk as Buffer);
          first = false;
          if (bytes.length > 0) heard(bytes);
        }
      } catch (error) {
        if (over.signal.aborted) return;
        end = await options.forGood?.(error);
        const { detail } = asProblem(error);
        if (detail !== told) options.log.debug({ file: options.file, detail }, 'serial console not connected');
        told = detail;
      } finally {
        stream?.destroy();
        stream = undefined;
      }
      trying.resolve();
      if (end) return tellEnd(end);
      await pause(retryMs, AbortSignal.any([over.signal, hope.signal]));
      trying = Promise.withResolvers<void>();
    }
  }
  function tellEnd(why: ProblemError): void {
    for (const viewer of viewers) viewer.queue.end(why);
    viewers.clear();
    options.unused();
  }
  /** Typing into a machine that is off ends nothing: the console connects by itself as soon as it runs. Told once a gap. */
  function notice(viewer: Viewer): void {
    if (viewer.told) return;
    viewer.told = true;
    const text = Buffer.from('\r\n[The machine does not listen: it is off or starting]\r\n');
    viewer.behind += text.length;
    viewer.queue.push(text);
  }
  const after = (mark: SerialMark, all: Buffer): Buffer =>
    mark.run === run
      ? all.subarray(Math.max(0, all.length - (ring.total - mark.total)))
      : newPart(Buffer.from(mark.tail, 'base64'), all);
  const following = follow();
  const run = randomUUID();
  let holds = 0;
  /** Somebody did more than look in. */
  let wanted = false;
  const rest = (): void => {
    clearTimeout(idle);
    if (viewers.size > 0 || holds > 0) return;
    idle = setTimeout(options.unused, wanted ? lingerMs : 0);
    idle.unref();
  };
  idle = setTimeout(options.unused, lingerMs);
  idle.unref();
  return {
    attach(brief = false) {
      clearTimeout(idle);
      wanted ||= !brief;
      const viewer: Viewer = {
        behind: 0,
        lost: 0,
        told: false,
        queue: createQueue<Uint8Array>({ taken: (chunk) => (viewer.behind -= chunk.length) }),
      };
      const history = ring.read();
      if (history.length > 0) viewer.queue.push(history);
      viewer.behind = history.length;
      if (end) viewer.queue.end(end);
      else viewers.add(viewer);
      const leave = (): void => {
        if (!viewers.delete(viewer)) return;
        viewer.queue.end();
        rest();
      };
      return {
        readable: viewer.queue,
        async write(bytes) {
          // Typed while the console is being opened: it is not lost.
          await trying.promise;
          if (!stream || stream.destroyed) return notice(viewer);
          const open = stream;
          await new Promise<void>((resolve) => {
            open.write(bytes, (error) => {
              if (error) notice(viewer);
              resolve();
            });
          });
        },
        close: leave,
      };
    },
    retry() {
      hope.abort();
      hope = new AbortController();
    },
    text(since) {
      wanted = true; // somebody reads
      rest();
      const all = ring.read();
      const kept = since === undefined ? all : after(since, all);
      return { text: kept.toString('utf8'), truncated: kept.length === all.length && ring.total > all.length };
    },
    mark() {
      wanted = true;
      rest();
      return { run, total: ring.total, tail: ring.read().subarray(-tailBytes).toString('base64') };
    },
    hold() {
      clearTimeout(idle);
      wanted = true;
      holds += 1;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        holds -= 1;
        rest();
      };
    },
    async close() {
      clearTimeout(idle);
      over.abort();
      trying.resolve();
      stream?.destroy();
      for (const viewer of viewers) viewer.queue.end();
      viewers.clear();
      await following;
      await file.close();
    },
  };
}
