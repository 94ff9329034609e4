import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineContext } from '../../kube/context.ts';
import { argv } from '../argv/argv.ts';
import type { MachinePlan } from '../argv/plan.ts';
import { lacksOf, systemOf } from '../platform.ts';
import { removeSockets, writeRecord } from '../files.ts';
import type { MachineRecord } from '../files.ts';
import { kubeTime } from '../spec.ts';
import { endTpm, startTpm } from '../tpm/tpm.ts';
import { takeState } from '../firmware-state.ts';
import { prepareVars, varsTemplate } from './firmware.ts';
import { Machine } from './machine.ts';
import { processFacts, signal, tailOf } from './process.ts';
import { Qmp } from './qmp.ts';
import type { SavedState } from './saved.ts';
import { monotonic } from '../../kube/monotonic.ts';

/** QEMU did not come up; `message` has its own words. */
export class LaunchFailed extends Error {
  override readonly name = 'LaunchFailed';
}

/** From spawn to the monitor's greeting: 30 ms usual; a busy computer with UEFI images takes longer. */
const readyTimeout = 30_000;

/** Starts QEMU for a plan, detached from this process, and waits until its monitor greets. Throws LaunchFailed. */
export async function launch(
  context: EngineContext,
  plan: MachinePlan,
  identity: Pick<MachineRecord, 'uid' | 'identity' | 'namespace' | 'name' | 'instance' | 'attached'>,
  /** A saved state to go on from; it is read after this has returned. */
  state?: SavedState,
): Promise<Machine> {
  const { files } = plan;
  const lack = lacksOf(systemOf(context.config)).powerMachines;
  if (lack) throw new LaunchFailed(`${lack.reason} ${lack.remedy}`);
  mkdirSync(files.folder, { recursive: true, mode: 0o700 });
  mkdirSync(dirname(files.qmp), { recursive: true, mode: 0o700 });
  removeSockets(files);
  await takeState(context, identity, files, varsTemplate(context.config, plan));
  await prepareVars(context.config, plan);
  if (plan.tpm) await startTpm(context, files, plan.tpm.persistent);
  const arguments_ = state?.argv ?? argv(plan);
  const logFile = openSync(files.qemuLog, 'a', 0o600);
  writeSync(logFile, `--- ${kubeTime()} ${context.config.qemuBinary} ${JSON.stringify(arguments_)}\n`);
  // Detached: QEMU shall outlive the engine. (`-daemonize` and the sandbox exclude each other.)
  const stateFile = state === undefined ? undefined : openSync(state.file, 'r');
  const incoming = stateFile === undefined ? [] : ['-incoming', 'fd:3'];
  const child = spawn(context.config.qemuBinary, [...arguments_, ...incoming], {
    detached: true,
    stdio: ['ignore', logFile, logFile, ...(stateFile === undefined ? [] : [stateFile])],
    cwd: files.folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C' },
  });
  closeSync(logFile);
  if (stateFile !== undefined) closeSync(stateFile);
  child.unref();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  child.once('error', (error) => failed.reject(new LaunchFailed(`QEMU could not be started: ${error.message}`)));
  const exit = async (code: number | null, name: NodeJS.Signals | null) => {
    const words = (await tailOf(files.qemuLog))
      .split('\n')
      .filter((line) => !line.startsWith('--- ') && !line.endsWith('with no nics'));
    failed.reject(
      new LaunchFailed(
        `QEMU ended at once (${name ?? `code ${code}`}): ${words.join(' ').trim() || 'it said nothing'}`,
      ),
    );
  };
  child.once('exit', (code, name) => void exit(code, name));
  if (child.pid === undefined)
    try {
      return await failed.promise;
    } finally {
      await endTpm(files);
    }
  const record: MachineRecord = {
    ...identity,
    uuid: plan.uuid,
    comm: plan.comm,
    pid: child.pid,
    startTime: processFacts(child.pid)?.startTime ?? '',
    startedAt: kubeTime(),
    reserved: plan.reserved,
    disks: state?.disks ?? plan.disks.map((disk) => disk.volume),
    diskFolder: dirname(plan.disks.find((disk) => disk.block && !disk.block.readOnly)?.block?.path ?? files.folder),
    argv: arguments_,
  };
  const machine = new Machine(record, context.paths, context.log, child);
  writeRecord(files, record);
  try {
    const qmp = await Promise.race([
      greeting(files.qmp).catch(async (error: unknown) => {
        // A QEMU that fails closes its monitor first and exits a moment later: its own words are the better ones.
        await Promise.race([failed.promise, delay(1000)]);
        throw error;
      }),
      failed.promise,
    ]);
    await machine.attach(qmp);
    return machine;
  } catch (error) {
    machine.detach();
    signal(child.pid, 'SIGKILL');
    await endTpm(files);
    removeSockets(files);
    throw error instanceof LaunchFailed ? error : new LaunchFailed(`QEMU started but did not answer: ${String(error)}`);
  }
}

/** The socket appears a few hundredths of a second after the spawn, without any event that tells. */
async function greeting(path: string): Promise<Qmp> {
  const end = monotonic() + readyTimeout;
  for (;;) {
    try {
      return await Qmp.connect(path, readyTimeout);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if ((code !== 'ENOENT' && code !== 'ECONNREFUSED') || monotonic() > end) throw error;
      await delay(8);
    }
  }
}
