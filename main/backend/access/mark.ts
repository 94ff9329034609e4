import type { KubeObject } from '../../contract/kube.ts';
import { restoredAnnotation } from '../bin/kept.ts';
import { madeAnnotation } from '../undo/objects.ts';
import { pickList } from '../target/pick.ts';
import { ownerLabel } from './stock.ts';

type Labelled = { metadata?: { labels?: Record<string, string> } };
const withLabel = <T extends Labelled>(object: T, owner: string | undefined): T => {
  const { [ownerLabel]: _before, ...labels } = object.metadata?.labels ?? {};
  const next = owner === undefined ? labels : { ...labels, [ownerLabel]: owner };
  if (object.metadata?.labels === undefined && owner === undefined) return object;
  return { ...object, metadata: { ...object.metadata, labels: next } };
};
function withLabels(object: KubeObject, owner: string | undefined, disks: boolean): KubeObject {
  const copy = withLabel(object, owner);
  const templates = disks ? pickList(copy, 'spec', 'dataVolumeTemplates') : [];
  if (templates.length === 0) return copy;
  return { ...copy, spec: { ...copy.spec, dataVolumeTemplates: templates.map((each) => withLabel(each as Labelled, owner)) } }; // prettier-ignore
}

/** The object as somebody's; `disks`: those that are made for it, too, so that they are known when they are alone. Pure. */
export const marked = (object: KubeObject, owner: string, disks = true): KubeObject => withLabels(object, owner, disks);

/** The object as nobody's; with `unlessBack`, what was deleted and comes back stays whose it was. Pure. */
export function withoutMark(object: KubeObject, unlessBack = false): KubeObject {
  const { annotations = {} } = object.metadata ?? {};
  if (unlessBack && (restoredAnnotation in annotations || madeAnnotation in annotations)) return object;
  return withLabels(object, undefined, true);
}
