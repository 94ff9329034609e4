import { stringify } from 'yaml';
import type { KubeObject, OwnerReference } from '../../contract/kube.ts';
import type { CreateMachine, MachinePreview } from '../../contract/machine.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { asProblem } from '../../contract/problem.ts';
import { refuseDisksInBin } from '../bin/taken.ts';
import type { Log } from '../log.ts';
import { acting } from '../target/acting.ts';
import { kindOf, kinds, subresourcePath } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { ensureNamespace } from '../target/namespace.ts';
import type { OpenTarget } from '../target/target.ts';
import { refuseAnyTaken } from './forward-conflict.ts';
import { imageFacts } from './image-facts.ts';
import { buildMachine } from './manifest.ts';
import type { ImageFacts } from './manifest.ts';
import { sizeOf } from './row.ts';

const kindFor = (object: KubeObject): Kind => {
  const kind = kindOf(object);
  if (!kind) throw new Error(`no kind for ${object.apiVersion} ${object.kind}`);
  return kind;
};

/** The manifest, what the target says of it (server-side dry run), and whether it fits. Never throws for a refusal: it is in `problem`. */
export async function previewMachine(target: OpenTarget, input: CreateMachine): Promise<MachinePreview> {
  const warnings: string[] = [];
  let problem: MachinePreview['problem'];
  let facts: ImageFacts = {};
  try {
    facts = await imageFacts(target, input);
    if (input.network.podNetwork) await refuseAnyTaken(target, input.network.forwards);
  } catch (error) {
    problem = asProblem(error);
  }
  const objects = buildMachine(input, facts);
  await refuseDisksInBin(target, input.namespace, objects).catch((error: unknown) => (problem ??= asProblem(error)));
  for (const object of problem ? [] : objects) {
    try {
      await target.client.create(kindFor(object), object, { dryRun: true });
    } catch (error) {
      problem = asProblem(error);
      break;
    }
  }
  if (!problem) await foreseen(target, objects).catch((error: unknown) => (problem = asProblem(error)));
  const image = input.source.type === 'image' ? input.source.image : undefined;
  if (image && input.rootDisk.size !== undefined && input.rootDisk.size < (facts.virtualSize ?? 0))
    warnings.push('The root disk is as large as the image: a clone cannot be smaller.');
  if (input.cloudInit.type === 'none' && input.source.type === 'image')
    warnings.push('Without cloud-init the machine keeps the names and passwords of its image.');
  const type =
    input.size.type === 'instancetype'
      ? await target.client.get(kinds.instancetypes, undefined, input.size.name).catch(() => undefined)
      : undefined;
  const vm = objects.find((object) => object.kind === 'VirtualMachine');
  const need = vm ? sizeOf({ vm, instancetype: type }) : { cpus: 0, memory: 0 };
  return {
    yaml: objects.map((object) => stringify(hideSecret(object), { lineWidth: 0 })).join('---\n'),
    objects: objects.map(hideSecret),
    warnings,
    ...(problem && { problem }),
    capacity: fits(target, need.memory),
  };
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Whether a machine of this much memory can be started next to those that run. */
export function fits(target: OpenTarget, memory: number): { ok: boolean; detail: string } {
  const { capacity } = target.state.value;
  if (!capacity) return { ok: true, detail: 'What the target has left is not known yet.' };
  const left = capacity.memory - capacity.memoryInUse;
  const ok = memory <= left;
  return {
    ok,
    detail: ok
      ? `Needs ${gib(memory)} of the ${gib(left)} of memory that are free.`
      : `Needs ${gib(memory)} of memory, and ${gib(Math.max(0, left))} of ${gib(capacity.memory)} are free. Stop another machine or choose a smaller size.`,
  };
}

/** Throws what whoever acts would be refused for these objects, and as many more like them. */
const foreseen = async ({ client }: OpenTarget, objects: readonly KubeObject[], times = 1): Promise<void> =>
  acting.getStore()?.foresee?.(client, objects, times);
/** The same of machines that are not made yet, before the first of them is. What cannot be known is told by each of them. */
export async function foreseeMachines(target: OpenTarget, input: CreateMachine, times: number): Promise<void> {
  const facts = await imageFacts(target, input).catch(() => undefined); // each machine meets it again, and says it
  if (facts) await foreseen(target, buildMachine(input, facts), times);
}

/** A preview is shown and copied: passwords stay out of it. */
function hideSecret(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret') return object;
  const data = Object.fromEntries(Object.keys(object['data'] ?? {}).map((key) => [key, '']));
  return { ...object, data };
}

/** Makes all objects of a machine. When one is refused, those already made are removed again, and nothing is left behind. */
export async function createMachine(target: OpenTarget, input: CreateMachine, log: Log): Promise<ObjectRef> {
  if (input.network.podNetwork) await refuseAnyTaken(target, input.network.forwards);
  const objects = buildMachine(input, await imageFacts(target, input));
  await refuseDisksInBin(target, input.namespace, objects);
  const made: KubeObject[] = [];
  try {
    await ensureNamespace(target, input.namespace);
    let vm: KubeObject | undefined;
    const owned = (): KubeObject['metadata'] => ({
      ownerReferences: [ownerOf(input.name, vm?.metadata.uid ?? '')],
    });
    for (const object of objects) {
      const metadata = vm ? { ...object.metadata, ...owned() } : object.metadata;
      const created = await target.client.create(kindFor(object), { ...object, metadata });
      made.push(created);
      if (object.kind === 'VirtualMachine') vm = created;
    }
    // What the machine needed before it was there goes with it, too.
    for (const { metadata, kind } of made)
      if (kind === 'Secret')
        await target.client.patch(
          kinds.secrets,
          { namespace: input.namespace, name: metadata.name ?? '' },
          { metadata: owned() },
        );
    if (input.start && input.runStrategy === 'Manual')
      await target.client.json('PUT', subresourcePath(kinds.virtualMachines, input, 'start'), { body: {} });
  } catch (error) {
    for (const object of made.toReversed())
      await target.client
        .delete(
          kindFor(object),
          { namespace: input.namespace, name: object.metadata.name ?? '' },
          object.metadata.uid ? { uid: object.metadata.uid } : {},
        )
        .catch((left: unknown) => log.warn({ err: left, object: object.metadata.name }, 'could not be rolled back'));
    throw error;
  }
  return { namespace: input.namespace, name: input.name };
}

/** Marks an object as part of a machine: it is removed with it. */
export const ownerOf = (name: string, uid: string): OwnerReference => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  name,
  uid,
});
