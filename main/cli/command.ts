import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';

/** Exit codes of every command. */
export const exit = { ok: 0, failed: 1, usage: 2, notPossible: 3, interrupted: 130 } as const;

export const exitText = `Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not possible on this computer, 130 interrupted.`;

export interface Command {
  readonly usage: string;
  /** Resolves with the exit code. */
  run(args: string[]): Promise<number>;
}

/** Wrong usage: told with the command's usage, exit code 2. */
export class UsageError extends Error {}

/** parseArgs whose complaints are usage errors; positionals are refused. */
export function readOptions<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The same where names (files, machines) stand among the options. */
export function readOptionsAndNames<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  try {
    const { values, positionals } = parseArgs({ args, options, strict: true, allowPositionals: true });
    return { values, names: positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** A port number, 0 for any free one. */
export function readPort(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new UsageError(`--port must be a number from 0 to 65535, not "${text}"`);
  return port;
}

/** Resolves with the signal that asks us to end. A second one ends at once. */
export function untilSignalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const on = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(exit.interrupted);
      asked = true;
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, on);
  });
}
