import { labLabel } from '../../../contract/labs/words.ts';
import type { LabFile } from '../../../contract/labs/file.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { ownerOf } from '../../machines/create.ts';
import { machineLabel } from '../../machines/forward.ts';
import { machineState } from '../../machines/actions.ts';
import { until } from '../../snapshots/wait.ts';
import { isNotFound, KubeError } from '../../target/kube-error.ts';
import { kindOf as knownKind, kinds } from '../../target/kinds.ts';
import type { Kind } from '../../target/kinds.ts';
import { pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { writable } from '../safety/kinds.ts';
import { namespaceObject } from './build.ts';
import { monotonic } from '../../../contract/monotonic.ts';

/** Milliseconds that an earlier run may take to go, and machines to run. */
const goneMs = 120_000;
const runMs = 600_000;

/**
 * The lab's namespace, made where it is missing; one of an earlier run that is just going is waited for. Throws
 * `lab-namespace-taken` where somebody else has it.
 */
export async function readyNamespace(target: OpenTarget, lab: LabFile, signal: AbortSignal): Promise<void> {
  const wanted = namespaceObject(lab);
  const name = wanted.metadata.name ?? '';
  const end = monotonic() + goneMs;
  for (;;) {
    const found = await get(target, kinds.namespaces, undefined, name, signal);
    if (!found) break;
    if (!found.metadata.deletionTimestamp) {
      if (found.metadata.labels?.[labLabel] === lab.metadata.name) return;
      throw new ProblemError({ code: 'lab-namespace-taken', title: `The namespace ${name} is somebody else's`, detail: 'It was not made for this lab, and a lab takes everything in its namespace away when it ends.', fix: `Delete it, or give it to the lab: kubectl label namespace ${name} ${labLabel}=${lab.metadata.name}` });
    }
    if (monotonic() > end) throw new ProblemError({ code: 'lab-still-ending', title: 'An earlier run is not gone yet', detail: `The target still takes the namespace ${name} away.`, fix: 'Try again in a moment.' });
    await new Promise((resolve) => setTimeout(resolve, 250));
    signal.throwIfAborted();
  }
  try {
    await target.client.create(kinds.namespaces, wanted, { signal });
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error;
  }
} // prettier-ignore

/** Makes the objects that are not there; what is there is left as it is. Resolves with how many were made. */
export async function makeObjects(
  target: OpenTarget,
  objects: readonly KubeObject[],
  task: TaskHandle,
): Promise<number> {
  const machines = new Map<string, string>();
  const secrets = new Map<string, string>();
  let made = 0;
  for (const [at, object] of objects.entries()) {
    task.signal.throwIfAborted();
    const { namespace, name = '', labels } = object.metadata;
    const machine = labels?.[machineLabel];
    task.update({ detail: `${object.kind} ${name}`, progress: at / objects.length });
    const kind = kindFor(object);
    const found = await get(target, kind, namespace, name, task.signal);
    const owner = machine === undefined ? undefined : machines.get(machine);
    const owned = owner !== undefined && machine !== undefined ? { ownerReferences: [ownerOf(machine, owner)] } : {};
    const now = found ?? (await create(target, kind, { ...object, metadata: { ...object.metadata, ...owned } }, task.signal)); // prettier-ignore
    if (!found) made += 1;
    if (object.kind === 'VirtualMachine') machines.set(name, now.metadata.uid ?? '');
    // What a machine needs before it is there goes with it, too.
    if (object.kind === 'Secret' && machine !== undefined && !found) secrets.set(name, machine);
  }
  for (const [name, machine] of secrets) {
    const uid = machines.get(machine);
    const namespace = objects[0]?.metadata.namespace ?? '';
    if (uid !== undefined) await target.client.patch(kinds.secrets, { namespace, name }, { metadata: { ownerReferences: [ownerOf(machine, uid)] } }); // prettier-ignore
  }
  task.update({ detail: undefined, progress: undefined });
  return made;
}

/** Waits until all machines that shall run at the start do. Throws `lab-machines-late` with how each stands. */
export async function machinesRun(target: OpenTarget, namespace: string, names: readonly string[], task: TaskHandle): Promise<void> {
  const late = AbortSignal.timeout(runMs);
  const signal = AbortSignal.any([task.signal, late]);
  const waiting = new Set(names);
  const one = async (name: string): Promise<void> => {
    const vm = await target.client.get(kinds.virtualMachines, namespace, name, signal);
    await until(target, kinds.virtualMachineInstances, { namespace, name }, signal, (vmi) => {
      const { phase } = machineState(vm, vmi);
      return phase === 'Running' || phase === 'Succeeded' || undefined;
    });
    waiting.delete(name);
    task.update({ detail: waiting.size > 0 ? `Waiting for ${[...waiting].join(', ')}` : undefined });
  };
  task.update({ detail: `Waiting for ${[...waiting].join(', ')}` });
  try {
    await Promise.all(names.map(one));
  } catch (error) {
    if (!late.aborted || task.signal.aborted) throw error;
    const how = await Promise.all([...waiting].map(async (name) => `${name}: ${pickText(await get(target, kinds.virtualMachines, namespace, name, task.signal), 'status', 'printableStatus') ?? 'unknown'}`));
    throw new ProblemError({ code: 'lab-machines-late', title: 'Not all machines run', detail: `After ${runMs / 60_000} minutes: ${how.join(', ')}.`, fix: 'The page of each machine says why. End the lab, or start it again when that is mended.' });
  }
} // prettier-ignore

const kindFor = (object: KubeObject): Kind => {
  const kind = writable(object.kind, object.apiVersion) ?? knownKind(object);
  if (!kind) throw new Error(`no kind for ${object.apiVersion} ${object.kind}`);
  return kind;
};

async function get(target: OpenTarget, kind: Kind, namespace: string | undefined, name: string, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await target.client.get(kind, namespace, name, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
} // prettier-ignore

async function create(target: OpenTarget, kind: Kind, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
  try {
    return await target.client.create(kind, object, { signal });
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error;
    return target.client.get(kind, object.metadata.namespace, object.metadata.name ?? '', signal);
  }
}
