import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { ApplianceSettings } from '../../../main/contract/appliance.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { Whole } from './whole.ts';

/** What breaks a run off: its process here, the helper there, the line between, the power there. */
export const breaks = ['runner', 'helper', 'line', 'power'] as const;
export interface BreakOff {
  kind: (typeof breaks)[number];
  /** Once so many lines of the log were said. */
  line: number;
  /** And so many milliseconds more. */
  after: number;
}
/** The same numbers for the same seed (mulberry32, public domain): a failure can be had again. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** How a run ended: what its task says, or that its process was killed. */
export type RunEnd = { state: 'done' | 'failed' | 'cancelled'; problem?: Problem } | { state: 'killed' };

/** A run in a process of its own, broken off where it is told to be. */
export async function brokenRun(
  whole: Whole,
  what: 'install' | 'uninstall',
  settings: ApplianceSettings,
  breakOff?: BreakOff,
): Promise<{ end: RunEnd; lines: string[]; brokenAt?: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'runner.ts'), whole.dataDir, what], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify({ place: whole.place, settings, sudo: whole.sudo }));
  const lines: string[] = [];
  const done = once(child, 'close') as Promise<[number | null, string | null]>;
  let breaking: Promise<void> | undefined;
  let brokenAt: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (!breakOff || breaking || lines.length < breakOff.line) continue;
    brokenAt = line;
    breaking = wait(breakOff.after).then(() => broken(whole, breakOff.kind, () => child.kill('SIGKILL')));
  }
  const [, signal] = await done;
  await breaking;
  const end: RunEnd = signal === 'SIGKILL' ? { state: 'killed' } : (JSON.parse(lines.at(-1) ?? '{}') as RunEnd);
  return { end, lines, ...(brokenAt !== undefined && { brokenAt }) };
}

async function broken({ guest }: Whole, kind: BreakOff['kind'], killRunner: () => void): Promise<void> {
  switch (kind) {
    case 'runner':
      return killRunner();
    case 'helper':
      // Where the root part is over it is k3s that dies.
      await guest.run(['sh', '-c', 'pkill -KILL -f /run/[h]earth- || pkill -KILL -f "bin/[k]3s server"']);
      return;
    case 'line':
      await guest.run(['pkill', '-KILL', '-u', 'ada', '-x', 'sshd']);
      return;
    case 'power':
      return guest.powerCut();
  }
}
