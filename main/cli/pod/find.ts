import { kinds } from '../../backend/target/kinds.ts';
import { pickList, pickText } from '../../backend/target/pick.ts';
import type { OpenTarget } from '../../backend/target/target.ts';
import { podOf } from '../../backend/pods/forwards.ts';
import { podKindSchema } from '../../contract/pods.ts';
import type { WorkRef } from '../../contract/pods.ts';
import { UsageError } from '../command.ts';
import type { Asked } from './asked.ts';

/** `web-0`, or `deployment/web`. Pure. */
export function refOf(text: string, namespace: string): WorkRef {
  const [first = '', second] = text.split('/');
  if (second === undefined) return { kind: 'Pod', namespace, name: first };
  const kind = podKindSchema.options.find((each) => each.toLowerCase() === first.toLowerCase().replace(/s$/, ''));
  if (!kind) throw new UsageError(`there is no kind "${first}": use ${podKindSchema.options.join(', ')}`);
  return { kind, namespace, name: second };
}

/** The Pod that is meant, and the container: the first where none is named, as a log of several has to be asked for by name. */
export async function containerOf(target: OpenTarget, text: string, { namespace, container }: Asked, signal: AbortSignal) {
  const ref = refOf(text, namespace);
  // A Pod that does not run has a log all the same.
  const name = ref.kind === 'Pod' ? ref.name : await podOf(target, ref, signal);
  const pod = await target.client.get(kinds.pods, namespace, name, signal);
  const names = pickList(pod, 'spec', 'containers').map((each) => pickText(each, 'name') ?? '');
  return { namespace, name, container: container ?? names[0] };
} // prettier-ignore
