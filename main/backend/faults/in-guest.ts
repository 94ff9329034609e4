import { setTimeout as delay } from 'node:timers/promises';
import type { FaultWish } from '../../contract/faults.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Ran } from '../ssh/run.ts';
import type { OpenTarget } from '../target/target.ts';
import { openRoot, wayIn } from './guest.ts';
import type { GuestKeys, RootShell } from './guest.ts';
import type { FaultRecord } from './records.ts';
import { continueProcess, emptyDisk, fillDisk, findProcess, panic, setClock, signalProcess, told } from './scripts.ts';
import { span } from './words.ts';

/** Milliseconds for one script: a disk is filled without being written, where its file system can do that. */
const scriptLimit = 120_000;
/** Milliseconds after which a kernel that says nothing is taken at its word. */
const silence = 6000;
const off = 2;

/** The guest that something is done in. */
export interface Guest {
  target: OpenTarget;
  ref: ObjectRef;
  vm: KubeObject;
  keys: GuestKeys;
  /** Ends the waiting for the guest to let Hearth in, not what is done in it then. */
  giveUp?: AbortSignal;
}
export type GuestKind = 'disk' | 'clock' | 'process';
type Done = Pick<FaultRecord, 'told' | 'pids'>;

async function inGuest<T>(
  guest: Guest,
  called: AbortSignal,
  work: (shell: RootShell, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // prettier-ignore
  const way = await wayIn(guest.target, guest.vm, guest.keys);
  if ('why' in way) throw new ProblemError({ code: 'guest-no-way', title: 'There is no way into the guest', detail: way.why, kind: 'denied' }); // prettier-ignore
  const shell = await openRoot(guest.target, guest.ref, way, guest.giveUp ? AbortSignal.any([called, guest.giveUp]) : called); // prettier-ignore
  try {
    return await work(shell, AbortSignal.any([called, AbortSignal.timeout(scriptLimit)]));
  } finally {
    shell.end();
  }
}

const failed = (name: string, what: string, { exit, out, err }: Ran): ProblemError =>
  new ProblemError({
    code: 'guest-command-failed',
    title: `${what} did not work in the guest`,
    detail: `The script in ${name} ended with ${exit ?? 'a signal'}.`,
    output: `${out}${err}`.split('\n').slice(-20),
  });
const fine = (name: string, what: string, ran: Ran): string[][] => {
  if (ran.exit !== 0) throw failed(name, what, ran);
  return told(ran.out);
};

const kib = (text: string | undefined): string => {
  const size = Number(text);
  return size >= 1024 ? `${(size / 1024).toFixed(0)} MiB` : `${size} KiB`;
};
const diskWords = ([used, free, percent]: readonly string[]): string => `${percent} full, ${kib(free)} free after ${kib(used)}`; // prettier-ignore

async function disk(
  shell: RootShell,
  name: string,
  { percent }: NonNullable<FaultWish['disk']>,
  signal: AbortSignal,
): Promise<Done> {
  // prettier-ignore
  const ran = await shell.run(fillDisk(percent), signal);
  if (ran.exit === 3)
    throw new ProblemError({ code: 'disk-fuller', title: 'The disk is fuller than that already', detail: `The root file system of ${name}: ${diskWords(told(ran.out)[0] ?? [])}.`, fix: 'Choose a higher percentage.' }); // prettier-ignore
  return { told: diskWords(fine(name, 'Filling the disk', ran)[0] ?? []) };
}

/** Seconds that a guest's clock is ahead of this computer's. */
async function clock(shell: RootShell, name: string, seconds: number, signal: AbortSignal): Promise<number> {
  const ran = await shell.run(setClock(Math.round(Date.now() / 1000) + seconds), signal);
  const [now] = fine(name, 'Setting the clock', ran);
  return Number(now?.[0]) - Math.round(Date.now() / 1000);
}
const clockWords = (ahead: number): string => `${span(ahead)} ${ahead < 0 ? 'behind' : 'ahead'} of this computer`;

async function kill(
  shell: RootShell,
  ref: ObjectRef,
  { name, signal: sent }: NonNullable<FaultWish['process']>,
  signal: AbortSignal,
): Promise<Done> {
  // prettier-ignore
  const ran = await shell.run(signalProcess(name, sent), signal);
  if (ran.exit === 4)
    throw new ProblemError({ code: 'process-not-found', title: `No process is called ${name}`, detail: `Nothing of that name runs in ${ref.name}.`, fix: 'Names are those that `ps` shows in the guest, e.g. httpd or nginx.' }); // prettier-ignore
  const [pids = [], left = []] = fine(ref.name, 'Sending the signal', ran);
  const words = `${pids.length === 1 ? 'process' : 'processes'} ${pids.join(', ')}`;
  if (sent === 'KILL' && left.length > 0) throw failed(ref.name, 'Killing the process', ran);
  const rest = sent === 'TERM' && left.length > 0 ? `; ${left.join(', ')} did not end` : '';
  return { told: `${words}${rest}`, pids: pids.map(Number) };
}

/** Does what was asked for in a running guest; answers what was measured. Throws a Problem where it cannot. */
export const breakGuest = (guest: Guest, kind: GuestKind, wish: FaultWish, signal: AbortSignal): Promise<Done> =>
  inGuest(guest, signal, async (shell, limit) => {
    const { ref } = guest;
    if (kind === 'disk' && wish.disk) return disk(shell, ref.name, wish.disk, limit);
    if (kind === 'clock' && wish.clock) return { told: clockWords(await clock(shell, ref.name, wish.clock.seconds, limit)) }; // prettier-ignore
    if (kind === 'process' && wish.process) return kill(shell, ref, wish.process, limit);
    throw new Error(`nothing is asked for of ${kind}`);
  });

/** Takes it back. Throws a Problem where it cannot, e.g. for a process that was killed. */
export const cureGuest = (
  guest: Guest,
  kind: GuestKind,
  { wish, pids = [] }: FaultRecord,
  signal: AbortSignal,
): Promise<void> =>
  // prettier-ignore
  inGuest(guest, signal, async (shell, limit) => {
    const { name } = guest.ref;
    if (kind === 'disk') fine(name, 'Taking the filler away', await shell.run(emptyDisk, limit));
    else if (kind === 'clock') {
      const ahead = await clock(shell, name, 0, limit);
      if (Math.abs(ahead) > off) throw new ProblemError({ code: 'clock-off', title: 'The clock of the guest does not stay', detail: `It was set, and is ${clockWords(ahead)}.`, fix: 'Look for a service in the guest that sets the clock.' }); // prettier-ignore
    } else if (wish.process?.signal === 'STOP') fine(name, 'Letting the process go on', await shell.run(continueProcess(wish.process.name, pids), limit)); // prettier-ignore
    else if (wish.process) {
      const [now = []] = fine(name, 'Looking for the process', await shell.run(findProcess(wish.process.name), limit));
      if (now.length === 0) throw new ProblemError({ code: 'fault-no-cure', title: `${wish.process.name} does not run again`, detail: noCure(wish.process.name), fix: 'Start it in the guest, or restart the machine.' }); // prettier-ignore
    }
  });

/** Why a process that ended does not come back by a cure. */
export const noCure = (name: string): string => `A process that ended cannot be brought back from outside: its service has to start ${name} again.`; // prettier-ignore

/** Lets the guest's kernel panic; answers once nothing in it answers any more. */
export const panicGuest = (guest: Guest, called: AbortSignal): Promise<string> =>
  inGuest(guest, called, async (shell, signal) => {
    const { name } = guest.ref;
    fine(name, 'The panic', await shell.run(panic, signal));
    await delay(1500, undefined, { signal: called });
    const quiet = AbortSignal.timeout(silence);
    const answers = await shell.run('true', AbortSignal.any([called, quiet])).then(() => true, () => false); // prettier-ignore
    called.throwIfAborted();
    if (answers)
      throw new ProblemError({ code: 'no-panic', title: 'The kernel of the guest did not panic', detail: `${name} was told to, and still answers over SSH.`, cause: 'Its kernel was built without the SysRq key.' }); // prettier-ignore
    return `its kernel did not answer for ${silence / 1000} s`;
  });
