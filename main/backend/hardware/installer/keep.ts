import type { KubeObject } from '../../../contract/kube.ts';
import type { Log } from '../../log.ts';
import { monotonic } from '../../../contract/monotonic.ts';
import { findHandlers } from '../../machines/samples.ts';
import { changeMachine } from '../../networks/change-machine.ts';
import { kinds } from '../../target/kinds.ts';
import { pause } from '../../target/live-list.ts';
import { pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { Tasks } from '../../tasks/tasks.ts';
import { dropDisk } from '../template.ts';
import { decide, drivesIn } from './decide.ts';
import type { Drives } from './decide.ts';
import { ejectedAnnotation, installerAnnotation, markOf, note } from './mark.ts';

/** Milliseconds between two looks, while there are machines that an installer's disc waits in. */
const usually = 10_000;
/** Looks until what was refused is tried again, first; twice as many each time after that, */
const looksAfterRefusal = 6;
/** up to an hour. */
const mostLooksAfterRefusal = 360;

/**
 * Takes the discs of installers out of the drives of a target's machines once their installation is over, for as long as the target
 * is open, whichever one the pages show. What is waited for stands at the machines, so a Hearth that was started anew goes on.
 * Answers how to stop.
 */
export function startEjecting(
  target: OpenTarget,
  tasks: Pick<Tasks, 'start'>,
  log: Log,
  everyMs = usually,
): () => Promise<void> {
  const over = new AbortController();
  const done = keep(target, tasks, log, over.signal, everyMs).catch((error: unknown) => log.error({ err: error }, 'the discs of installers are not looked after')); // prettier-ignore
  return () => {
    over.abort();
    return done;
  };
}

async function keep(
  target: OpenTarget,
  tasks: Pick<Tasks, 'start'>,
  log: Log,
  signal: AbortSignal,
  everyMs: number,
): Promise<void> {
  const waiting = new Map<string, KubeObject>();
  /** Bytes that were read of a disc at the last look that would have ejected it. */
  const still = new Map<string, number>();
  /** What the target refused: how many looks it is left alone for, and until when (monotonic). */
  const refused = new Map<string, { looks: number; until: number }>();
  let wake = (): void => undefined;
  signal.addEventListener('abort', () => wake());
  const machines = target.cache.use(kinds.virtualMachines, undefined, {
    changed(key, vm) {
      if (vm && markOf(vm) && !vm.metadata.deletionTimestamp) {
        waiting.set(key, vm);
        if (waiting.size === 1) wake();
      } else {
        waiting.delete(key);
        still.delete(key);
        refused.delete(key);
      }
    },
  });
  const instances = target.cache.use(kinds.virtualMachineInstances);
  try {
    while (!signal.aborted) {
      const nap = new AbortController();
      wake = () => nap.abort();
      if (waiting.size === 0) {
        await pause(2 ** 31 - 1, nap.signal);
        continue;
      }
      try {
        // A target that is away is asked again when it is there, and for figures only while there are any to be had.
        const isThere = target.state.value.state === 'ready';
        const figures = isThere && [...waiting.values()].some(runs) ? await figuresOf(target, signal) : undefined;
        for (const [key, vm] of isThere ? waiting : [])
          await look(key, vm, figures?.get(key)).catch((error: unknown) => log.warn({ err: error, machine: key }, 'the disc of an installer could not be looked after; it is tried again')); // prettier-ignore
      } catch (error) {
        if (signal.aborted) break;
        log.debug({ err: error }, 'no figures of the drives just now');
      }
      await pause(everyMs, nap.signal);
    }
  } finally {
    machines.release();
    instances.release();
  }

  function runs({ metadata: { namespace = '', name = '' } }: KubeObject): boolean {
    return pickText(instances.get(namespace, name), 'status', 'phase') === 'Running';
  }
  async function look(key: string, vm: KubeObject, drives: Drives | undefined): Promise<void> {
    const mark = markOf(vm);
    if (!mark) return;
    const ref = { namespace: vm.metadata.namespace ?? '', name: vm.metadata.name ?? '' };
    const decision = decide(vm, mark, instances.get(ref.namespace, ref.name), drives);
    if (decision.type === 'forget') await changeMachine(target, ref, (draft) => note(draft, installerAnnotation, undefined)); // prettier-ignore
    if (decision.type === 'wait') {
      still.delete(key);
      const { wrote } = decision;
      if (wrote !== undefined) await changeMachine(target, ref, (draft) => note(draft, installerAnnotation, { ...mark, wroteIn: wrote })); // prettier-ignore
    }
    if (decision.type !== 'over' || (refused.get(key)?.until ?? 0) > monotonic()) return;
    // Once more, to see that nothing reads it.
    if (still.get(key) !== decision.disc) return void still.set(key, decision.disc);
    still.delete(key);
    const { done } = tasks.start(
      {
        type: 'installer-eject',
        title: `Take the installer’s disc out of ${ref.name}`,
        object: { kind: 'VirtualMachine', ...ref },
        steps: ['Eject'],
        cancellable: false,
        notice: { title: `The installer’s disc was taken out of ${ref.name}`, detail: `It was ejected because ${decision.why}. It can be put in again on the page of the machine, Disks.` }, // prettier-ignore
      },
      async (task) => {
        task.step('Eject');
        // Where drives cannot stand empty the drive goes with its disc, at the next start.
        const stands = target.state.value.capabilities.find(({ id }) => id === 'discDrives')?.supported !== false;
        const at = new Date().toISOString();
        await changeMachine(target, ref, (draft) => {
          const now = markOf(draft);
          // Somebody was faster, with another disc or none.
          if (!now || decide(draft, now, undefined, undefined).type === 'forget') return false;
          dropDisk(draft, now.drive, stands);
          note(draft, installerAnnotation, undefined);
          note(draft, ejectedAnnotation, { drive: now.drive, claim: now.claim, at, why: decision.why });
        });
        if (!stands)
          task.endStep('Eject', 'done', 'It is out when the machine starts again: drives do not stand empty here.');
      },
    );
    const { state, problem } = await done;
    if (state === 'done') {
      // Unless another disc was put in meanwhile.
      if (waiting.get(key) === vm) waiting.delete(key);
      refused.delete(key);
      return;
    }
    const before = refused.get(key)?.looks;
    const looks = before === undefined ? looksAfterRefusal : Math.min(mostLooksAfterRefusal, before * 2);
    if (waiting.has(key)) refused.set(key, { looks, until: monotonic() + looks * everyMs });
    log.warn({ problem, machine: key }, 'the disc of an installer could not be taken out');
  }
}

async function figuresOf(target: OpenTarget, signal: AbortSignal): Promise<Map<string, Drives>> {
  const handlers = await findHandlers(target, signal);
  const texts = await Promise.all(handlers.map((path) => target.client.bytes('GET', path, { signal, timeoutMs: 5000, headers: { accept: 'text/plain' } }))); // prettier-ignore
  return drivesIn(texts.map((text) => text.toString('utf8')).join('\n'));
}
