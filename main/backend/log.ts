import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { pino } from 'pino';
import { tailOf } from './file-tail.ts';

/** Structured log lines; pino fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(bindings: object): Log;
}

/** Bytes after which a log file is turned over; one older file is kept. */
const maxSize = 8 * 1024 * 1024;

/**
 * A file that is turned over when it is full. Synchronous, so that the last line before a crash is there. A line that
 * cannot be written (a full disk, or after the end) is lost: nobody who logs can do anything about it.
 */
export function rotatingFile(path: string): { write(line: string): void; close(): void } {
  let descriptor: number | undefined = openSync(path, 'a', 0o600);
  let size = statSync(path).size;
  let ended = false;
  const turnOver = (from: number): void => {
    closeSync(from);
    descriptor = undefined;
    try {
      renameSync(path, `${path}.1`);
    } finally {
      descriptor = openSync(path, 'a', 0o600);
      size = 0;
    }
  };
  return {
    write(line) {
      if (ended) return;
      try {
        // It could not be opened again after it was turned over: perhaps it can now.
        descriptor ??= openSync(path, 'a', 0o600);
        size += writeSync(descriptor, line);
        if (size >= maxSize) turnOver(descriptor);
      } catch {
        // See above: lost.
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
      ended = true;
    },
  };
}

const secret = ['password', 'token', 'cookie', 'authorization', 'userData', 'userdata', 'secret', 'sudo', 'proof'];

/** Logs to stderr (unless `quiet`) and to a rotating file; fields that may hold secrets are blacked out. */
export function createLog(options: { path: string; quiet?: boolean; level?: string }): Log & { close(): void } {
  const file = rotatingFile(options.path);
  const stream = {
    write(line: string): void {
      file.write(line);
      if (!options.quiet) process.stderr.write(line);
    },
  };
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' },
    },
    stream,
  );
  return Object.assign(logger as Log, { close: () => file.close() });
}

/** The last lines of a file; reads 1 MiB of its end at most. */
export async function lastLines(path: string, count: number): Promise<string[]> {
  const found = await tailOf(path, 1024 * 1024);
  return found ? found.bytes.toString('utf8').trimEnd().split('\n').slice(-count) : [];
}
