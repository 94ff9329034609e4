import type { KubeObject } from '../../contract/kube.ts';
import { restoredAnnotation } from '../bin/kept.ts';
import { madeAnnotation } from '../undo/objects.ts';
import type { Write } from '../target/acting.ts';
import { pickList } from '../target/pick.ts';
import { ownerLabel } from './stock.ts';

type Labelled = { metadata?: { labels?: Record<string, string> } };
const withLabel = <T extends Labelled>(object: T, owner: string | undefined): T => {
  const { [ownerLabel]: _before, ...labels } = object.metadata?.labels ?? {};
  const next = owner === undefined ? labels : { ...labels, [ownerLabel]: owner };
  if (object.metadata?.labels === undefined && owner === undefined) return object;
  return { ...object, metadata: { ...object.metadata, labels: next } };
};
function withLabels(object: KubeObject, owner: string | undefined): KubeObject {
  const copy = withLabel(object, owner);
  const templates = pickList(copy, 'spec', 'dataVolumeTemplates');
  if (templates.length === 0) return copy;
  return { ...copy, spec: { ...copy.spec, dataVolumeTemplates: templates.map((each) => withLabel(each as Labelled, owner)) } }; // prettier-ignore
}

/** The object as somebody's, with the disks that are made for it, so that they are known when they are alone. Pure. */
export const marked = (object: KubeObject, owner: string): KubeObject => withLabels(object, owner);

/** The object as nobody's; with `unlessBack`, what was deleted and comes back stays whose it was. Pure. */
export function withoutMark(object: KubeObject, unlessBack = false): KubeObject {
  const { annotations = {} } = object.metadata ?? {};
  if (unlessBack && (restoredAnnotation in annotations || madeAnnotation in annotations)) return object;
  return withLabels(object, undefined);
}

/** A change leaves the mark as it is, whatever it says of it; disks that it adds are nobody else's either. Pure. */
export function keepMark({ method, contentType = '', body }: Pick<Write, 'method' | 'contentType' | 'body'>, owner: string | undefined): unknown {
  if (contentType.includes('json-patch')) return keepInSteps(body, owner);
  const object = body as KubeObject;
  const whole = method === 'PUT' || contentType.includes('apply');
  return whole && owner !== undefined ? marked(object, owner) : withoutMark(object);
} // prettier-ignore

/** The label in a JSON pointer. */
const pointer = ownerLabel.replace('/', '~1');
function keepInSteps(body: unknown, owner: string | undefined): unknown {
  const steps = Array.isArray(body) ? (body as { op?: string; path?: string; value?: unknown }[]) : [];
  const labels = steps.some(({ path = '' }) => path === '' || path === '/metadata' || path.startsWith('/metadata/labels')); // prettier-ignore
  const text = JSON.stringify(steps);
  if (!labels && !text.includes(ownerLabel) && !text.includes(pointer)) return body;
  const kept = steps
    .filter(({ path = '' }) => !path.endsWith(`/labels/${pointer}`))
    .map((each) => ('value' in each && each.op !== 'test' ? { ...each, value: withoutLabels(each.value) } : each));
  return [...kept, ...(labels && owner !== undefined ? [{ op: 'add', path: `/metadata/labels/${pointer}`, value: owner }] : [])]; // prettier-ignore
}
/** Without the mark, wherever in it labels stand. */
function withoutLabels(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLabels);
  if (typeof value !== 'object' || value === null) return value;
  const others = Object.entries(value).filter(([key]) => key !== ownerLabel);
  return Object.fromEntries(others.map(([key, inner]) => [key, withoutLabels(inner)]));
}
