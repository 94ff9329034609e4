import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../kube/context.ts';
import { AgentError } from '../machine/qemu/agent.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { writingOver } from './save.ts';

/** What a snapshot does to a guest for a moment. On disk first: the next engine takes it back should this one be killed. */
interface Held {
  /** Its file systems are frozen by its agent. */
  frozen: boolean;
  /** It is stopped, and ran before. */
  stopped: boolean;
}
const fileOf = (machine: Machine): string => join(machine.files.folder, 'held.json');
const note = (machine: Machine, held: Held): void => heldIn(machine.files.folder, held);

/** Notes it in the folder of an instance. */
export function heldIn(folder: string, held: Held): void {
  const path = join(folder, 'held.json');
  writeFileSync(`${path}.new`, JSON.stringify(held), { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
/** Nothing is held any more. */
export const forget = (folder: string): void => rmSync(join(folder, 'held.json'), { force: true });

/** How the guest's agent took it: there is none, it froze all file systems, or it could not. */
export type Quiesced = 'no-agent' | 'frozen' | 'failed';

/** Work while the guest's file systems are frozen, if it has an agent that can. They are thawed whatever becomes of the work. */
export async function whileFrozen<T>(machine: Machine, log: Log, work: (quiesced: Quiesced) => Promise<T>): Promise<T> {
  if (!machine.agentConnected || machine.paused) return work('no-agent');
  note(machine, { frozen: true, stopped: false });
  let quiesced: Quiesced = 'failed';
  try {
    try {
      await machine.agent((ask) => ask('guest-fsfreeze-freeze'));
      quiesced = 'frozen';
    } catch (error) {
      // An agent that cannot (or does not answer): the snapshot is as after a power cut, and says so.
      if (!(error instanceof AgentError)) throw error;
      log.info({ vmi: machine.record.name, reason: error.message }, 'the guest was not frozen for a snapshot');
    }
    return await work(quiesced);
  } finally {
    await thaw(machine, log);
  }
}

/** An agent that restarts, or has much to do, is asked again (ms); so many times. */
const thawAgain = 2000;
const thawTries = 150;

/**
 * Thaws the guest. Where its agent does not answer it is asked again in the background, and what is noted stays until it
 * did: the next engine would ask, too. A thaw of what is not frozen does nothing.
 */
async function thaw(machine: Machine, log: Log, tries = thawTries): Promise<void> {
  if (machine.outcome) return forget(machine.files.folder);
  try {
    await machine.agent((ask) => ask('guest-fsfreeze-thaw'));
    forget(machine.files.folder);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    log.warn({ err: error, vmi: machine.record.name }, 'the guest was not thawed yet');
    const timer = setTimeout(() => {
      if (tries > 1 && !machine.outcome)
        thaw(machine, log, tries - 1).catch((failure: unknown) =>
          log.error({ err: failure, vmi: machine.record.name }, 'the guest could not be thawed'),
        );
    }, thawAgain);
    timer.unref();
  }
}

/**
 * Work while the guest stands still. Nobody is told that it is paused: it takes as long as its memory is written. `frozen`:
 * its file systems are, by `whileFrozen` around this.
 */
export async function whileStopped<T>(machine: Machine, work: () => Promise<T>, frozen = false): Promise<T> {
  const ran = machine.paused === undefined;
  note(machine, { frozen, stopped: ran });
  machine.quiet = true;
  try {
    await machine.pause();
    return await work();
  } finally {
    if (!machine.outcome) {
      // Disks belong to the guest again only from here on, also for one that was paused before.
      await machine.resume();
      if (!ran) await machine.pause();
    }
    machine.quiet = false;
    if (frozen) note(machine, { frozen, stopped: false });
    else forget(machine.files.folder);
  }
}

/** What an engine that was killed left: a guest that is stopped or frozen goes on. */
export async function letGo(machine: Machine, log: Log): Promise<void> {
  let held: Held;
  try {
    held = JSON.parse(readFileSync(fileOf(machine), 'utf8')) as Held;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    if (!(error instanceof SyntaxError)) throw error;
    held = { frozen: true, stopped: true };
  }
  log.warn({ vmi: machine.record.name, held }, 'a snapshot was cut short: its guest goes on');
  await writingOver(machine.qmp).catch((error: unknown) => log.warn({ err: error }, 'the writing of its memory'));
  if (held.stopped) await machine.resume();
  if (held.frozen) await thaw(machine, log);
  else forget(machine.files.folder);
}
