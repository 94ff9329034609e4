import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../contract/kube.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { refuseDisksInBin } from '../bin/taken.ts';
import { createDiscovery } from '../provision/cluster/discovery.ts';
import type { Discovery } from '../provision/cluster/discovery.ts';
import type { Kind } from '../target/kinds.ts';
import { isNotFound, isUnreachable } from '../target/kube-error.ts';
import { acting } from '../target/acting.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle, Tasks } from '../tasks/tasks.ts';
import { applyOne, sameMeaning } from './check.ts';
import { inOrder, parseManifest } from './parse.ts';
import { monotonic } from '../../contract/monotonic.ts';

const nameOf = ({ kind, metadata }: KubeObject): string =>
  `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;

/** Kinds that give a target abilities, or take them. */
export const changesOffers: ReadonlySet<string> = new Set(['CustomResourceDefinition', 'StorageClass', 'StorageProfile', 'VolumeSnapshotClass', 'KubeVirt', 'CDI', 'NetworkAttachmentDefinition']); // prettier-ignore

/** How long a kind may take until it is served whose definition was just applied (ms). */
const definitionPatience = 30_000;

/**
 * Applies all objects of a text as a task, one step for each: what one of them is refused for does not keep the others
 * from being tried, and the task then fails with the list of what was refused. Throws when the text itself is broken.
 */
export function applyManifest(
  tasks: Tasks,
  target: OpenTarget,
  input: { yaml: string; namespace: string; title?: string; owner?: (made: KubeObject) => void },
): { taskId: string } {
  const parsed = parseManifest(input.yaml);
  const wrong = parsed.findings.find(({ severity }) => severity === 'error');
  if (wrong || parsed.objects.length === 0)
    throw new ProblemError({
      code: 'manifest-unreadable',
      title: 'This text cannot be applied',
      detail: wrong ? `Line ${wrong.line}: ${wrong.message}` : 'There is no object in it.',
      fix: 'Correct the text.',
    });
  const objects = inOrder(parsed.objects).map(({ object }) => object);
  acting.getStore()?.review?.(objects);
  const titles = objects.map(nameOf);
  const title = input.title ?? (objects.length === 1 ? `Applying ${titles[0]}` : `Applying ${objects.length} objects`);
  const { id } = tasks.start({ type: 'manifest-apply', title, steps: titles }, (task) =>
    run(task, target, objects, input.namespace),
  );
  return { taskId: id };
}

async function run(task: TaskHandle, target: OpenTarget, objects: readonly KubeObject[], namespace: string) {
  const discovery = createDiscovery(target.client);
  const brings = objects.some(({ kind }) => kind === 'CustomResourceDefinition');
  const refused: string[] = [];
  const placed = objects.map((object) => ({ ...object, metadata: { namespace, ...object.metadata } }));
  await acting.getStore()?.foresee?.(target.client, placed);
  for (const [index, object] of objects.entries()) {
    task.signal.throwIfAborted();
    const step = nameOf(object);
    task.update({ progress: index / objects.length });
    task.step(step);
    try {
      const kind = await served(discovery, object, brings, task.signal);
      const at = kind.namespaced ? (object.metadata.namespace ?? namespace) : undefined;
      const present = await find(target, kind, at, object.metadata.name ?? '', task.signal);
      if (at !== undefined) await refuseDisksInBin(target, at, [object], present);
      const now = await applyOne(target, { object, kind, namespace: at }, { signal: task.signal });
      const word = !present ? 'made' : sameMeaning(present, now) ? 'as it was' : 'changed';
      task.endStep(step, word === 'as it was' ? 'skipped' : 'done', word);
    } catch (error) {
      task.signal.throwIfAborted();
      // Nothing more can be tried on a target that is not there.
      if (isUnreachable(error)) throw error;
      const { detail } = asProblem(error);
      refused.push(`${step}: ${detail}`);
      task.endStep(step, 'failed', detail);
    }
  }
  task.update({ progress: 1 });
  // What pages offer follows what is there now.
  if (objects.some(({ kind }) => changesOffers.has(kind))) await target.refresh(true);
  if (refused.length === 0) return;
  const all = refused.length === objects.length;
  throw new ProblemError({
    code: all ? 'manifest-refused' : 'manifest-partly-applied',
    title: all ? 'Nothing was applied' : `${refused.length} of ${objects.length} objects were refused`,
    detail: all ? 'The target refused every object of the text.' : 'The others are there and stay.',
    fix: 'Correct what was refused and apply the text again: what is there already stays as it is.',
    output: refused,
  });
}

/** The kind of an object; one that the same text `brings` a definition for may take a moment. Throws `kind-not-served`. */
export async function served(
  discovery: Discovery,
  object: KubeObject,
  brings: boolean,
  signal: AbortSignal,
): Promise<Kind> {
  const end = monotonic() + definitionPatience;
  for (;;) {
    const kind = await discovery.find(object, signal);
    if (kind) return kind;
    if (!brings || monotonic() > end)
      throw new ProblemError({
        code: 'kind-not-served',
        title: 'The target does not know this kind',
        detail: `${object.apiVersion} ${object.kind} is not served.`,
      });
    await delay(500, undefined, { signal });
  }
}

async function find(
  target: OpenTarget,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await target.client.get(kind, namespace, name, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
