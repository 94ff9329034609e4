import { pick, pickList, pickText } from '../../target/pick.ts';
import { cause, page } from '../cause.ts';
import { knows, listOf, nameOf, title, unscheduled } from '../sources.ts';
import type { WhySources } from '../sources.ts';

const cordonedText = (sources: WhySources): string | undefined => {
  const message = unscheduled(sources);
  if (message === undefined || !/unschedulable/i.test(message)) return undefined;
  // A node that is merely full is another matter, also where a second one is cordoned.
  return /\b\d+ node\(s\) were unschedulable|node.kubernetes.io\/unschedulable|cordoned/i.test(message) ? message : undefined;
}; // prettier-ignore

export const nodeCordoned = cause({
  id: 'node-cordoned',
  title: 'The node takes no machines now',
  evidence: cordonedText,
  explain(message, sources) {
    const nodes = listOf(sources, 'nodes').filter((node) => pick(node, 'spec', 'unschedulable') === true);
    const looked = knows(sources, 'nodes');
    return {
      short: message,
      steps: [
        { object: `VirtualMachineInstance ${nameOf(sources.vm)}`, says: message },
        ...nodes.map((node) => ({ object: title(node), says: 'It is cordoned: what runs there goes on, nothing new comes (spec.unschedulable).' })),
        ...(looked && nodes.length === 0 ? [{ object: 'Nodes', says: 'None is cordoned any more: the machine is placed in a moment.' }] : []),
      ],
      cures: nodes.slice(0, 5).map((node) => ({
        label: `Let ${nameOf(node)} take machines`,
        detail: 'As kubectl uncordon does. Somebody may have had a reason: mostly work on that computer.',
        action: { type: 'uncordon' as const, node: nameOf(node) },
      })),
    }; // prettier-ignore
  },
});

/** What the scheduler says and no other cause knows: taints, labels, a node that is away. */
export const noNodeFits = cause({
  id: 'no-node-fits',
  title: 'No node can run it',
  evidence: (sources) => {
    const message = unscheduled(sources);
    if (message === undefined) return undefined;
    return /insufficient (memory|cpu|devices)|were unschedulable|PersistentVolumeClaim|persistentvolumeclaim|secret|in use/i.test(message) ? undefined : message;
  },
  explain(message, sources) {
    const away = listOf(sources, 'nodes').filter((node) =>
      pickList(node, 'status', 'conditions').some((each) => each['type'] === 'Ready' && each['status'] !== 'True'),
    );
    return {
      short: message,
      steps: [
        { object: `VirtualMachineInstance ${nameOf(sources.vm)}`, says: message },
        ...away.map((node) => ({
          object: title(node),
          says: `It is not ready: ${pickText(pickList(node, 'status', 'conditions').find((each) => each['type'] === 'Ready'), 'message') ?? 'it does not answer'}.`,
        })),
      ],
      cures: [page('Look at the events', `/machines/${sources.vm.metadata.namespace}/${nameOf(sources.vm)}/events`)],
    };
  },
}); // prettier-ignore
