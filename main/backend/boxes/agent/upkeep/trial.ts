import type { BoxUpdateState } from '../../../../contract/box/state.ts';
import { asProblem } from '../../../../contract/problem.ts';
import type { Problem } from '../../../../contract/problem.ts';
import { readBootenv, writeBootenv } from './bootenv.ts';
import type { Slot } from './bootenv.ts';
import { readJournal } from './journal.ts';
import type { Run } from './parts.ts';
import { withoutTrial } from './record.ts';
import type { TrialRecord } from './record.ts';
import { otherSystem, stayWith } from './roll-back.ts';
import { bootenvPath } from './update.ts';
import type { UpdateParts } from './update.ts';

/** Seconds after its start within which a new version has to prove healthy. */
export const trialSeconds = 600;

export interface TrialParts extends Pick<UpdateParts, 'esp' | 'running' | 'record' | 'keys' | 'bootId'> {
  run: Run;
  /** Seconds since the start of this computer. */
  uptime: () => Promise<number>;
  now: () => Date;
  /** Restarts the box; the boot environment leads back then. */
  goBack: (why: Problem) => Promise<void>;
  /** Throws the Problem that speaks against keeping it. */
  test: () => Promise<void>;
  onChange: () => void;
  trialSeconds?: number;
}

export interface Trial {
  state(): BoxUpdateState | undefined;
  /** Finds out what this start is: of the kept system, on trial, or after one that did not hold. Begins the watch. */
  start(): Promise<void>;
  /** Keeps the version that is on trial, when it passes the local test; nothing to do otherwise. Throws `trial-unhealthy`. */
  keep(): Promise<void>;
  /** Reads anew what the other slot holds. */
  refresh(): Promise<void>;
  close(): void;
}

export function createTrial(parts: TrialParts): Trial {
  const { running } = parts;
  const path = bootenvPath(parts.esp.path);
  const limit = parts.trialSeconds ?? trialSeconds;
  let state: BoxUpdateState | undefined;
  let slot: Slot | undefined;
  let onTrial = false;
  /** The last test that it did not pass. */
  let doubt: Problem | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function refresh(): Promise<void> {
    if (!slot) return;
    const other = await otherSystem(parts, slot);
    const { failed } = await parts.record.read();
    state = {
      running: running.version,
      ...(other && { other }),
      ...(onTrial && {
        trial: {
          version: running.version,
          words: doubt
            ? `Not yet healthy: ${doubt.detail}`
            : `On trial; kept once it proves healthy, within ${Math.round(limit / 60)} minutes.`,
        },
      }),
      ...(failed && { failed }),
    };
    parts.onChange();
  }

  async function giveUp(): Promise<void> {
    const why: Problem = doubt ?? {
      code: 'trial-not-kept',
      title: 'The new version did not prove healthy in time',
      detail: `Its own Hearth did not say within ${Math.round(limit / 60)} minutes that all works.`,
      cause: 'Its pages did not answer, or the cluster did not come back.',
      fix: 'Save the logs of the box; try the update again, or wait for the next version.',
      kind: 'failed',
    };
    onTrial = false;
    await parts.record.change((record) =>
      record.trial ? { ...record, trial: { ...record.trial, gaveUp: why } } : record,
    );
    await parts.goBack(why);
  }

  async function watch(): Promise<void> {
    const left = limit - (await parts.uptime());
    if (closed || !onTrial) return;
    if (left <= 0) await giveUp();
    else timer = setTimeout(() => void watch().catch(report), Math.min(left, 30) * 1000 + 50);
  }
  /** Nobody is there to tell: the next look tries again, and GRUB goes back at the next start in any case. */
  const report = (error: unknown): void => {
    doubt = asProblem(error);
    if (!closed) timer = setTimeout(() => void watch().catch(report), 30_000);
  };

  return {
    state: () => state,
    refresh,
    async start() {
      if (running.medium !== 'disk' || !running.slot) return;
      slot = running.slot;
      const choice = await readBootenv(path);
      const { trial } = await parts.record.read();
      if (choice?.trial === slot && choice.keep !== slot) {
        onTrial = true;
        const boot = await parts.bootId();
        await parts.record.change((record) => ({
          ...record,
          trial: { version: running.version, slot: choice.trial ?? 'a', from: trial?.from ?? '', ...trial, boot },
        }));
        // A GRUB that could not write would start it over and over again.
        if (!choice.tried) await parts.esp.writable(() => writeBootenv(path, { ...choice, tried: true }));
        await watch();
      } else if (choice?.trial && choice.tried) {
        const version = trial?.version ?? (await otherSystem(parts, slot))?.version ?? 'unknown';
        const problem = await whatHappened(parts, trial);
        await parts.record.change((record) => ({
          ...withoutTrial(record),
          failed: { version, at: parts.now().toISOString(), problem },
        }));
        await stayWith(parts, slot);
      }
      await refresh();
    },
    async keep() {
      if (!onTrial || !slot) return;
      const kept = slot;
      try {
        await parts.test();
      } catch (error) {
        doubt = asProblem(error);
        await refresh();
        throw error;
      }
      await stayWith(parts, kept);
      onTrial = false;
      clearTimeout(timer);
      await parts.record.change(withoutTrial);
      await refresh();
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** Why a trial ended, with the last lines it left. */
async function whatHappened(parts: TrialParts, trial: TrialRecord | undefined): Promise<Problem> {
  const boot = trial?.boot ?? (await lastForeignBoot(parts, trial));
  const lines = boot ? (await readJournal(parts.run, { lines: 40, boot, timeoutMs: 15_000 })).lines : [];
  const output = lines.map(({ unit, text }) => `${unit}: ${text}`);
  if (trial?.gaveUp) return { ...trial.gaveUp, ...(output.length > 0 && { output }) };
  return {
    code: 'trial-did-not-start',
    title: trial?.boot ? 'The new version stopped before it proved healthy' : 'The new version did not start',
    detail: trial?.boot
      ? 'It started, but ended before it was kept. The box went back to the version before.'
      : output.length > 0
        ? 'Its system began to start but did not get far. The box went back to the version before.'
        : 'It left no line in the journal. The box went back to the version before.',
    cause: 'It hung or crashed on this hardware, or the power went off meanwhile.',
    fix: 'Try the update once more. If it fails again, save the logs and wait for the next version.',
    ...(output.length > 0 && { output }),
    kind: 'failed',
  };
}

/** The boot between the one that prepared the trial and this one, where the journal knows one. */
async function lastForeignBoot(parts: TrialParts, trial: TrialRecord | undefined): Promise<string | undefined> {
  const { stdout, code } = await parts
    .run(['journalctl', '--list-boots', '--no-pager', '--quiet'], { timeoutMs: 15_000 })
    .catch(() => ({ stdout: '', code: 1 }));
  if (code !== 0) return undefined;
  const current = (await parts.bootId()).replaceAll('-', '');
  // Lines such as " -1 5f0e... Sat 2026-11-21 ...".
  const boots = stdout.split('\n').flatMap((line) => /^\s*-?\d+\s+([0-9a-f]{32})\b/.exec(line)?.[1] ?? []);
  const last = boots.at(-1) === current ? boots.at(-2) : boots.at(-1);
  return last === trial?.from.replaceAll('-', '') ? undefined : last;
}
