import { KubeError } from '../../target/kube-error.ts';
import { kinds, subresourcePath } from '../../target/kinds.ts';
import { pickList } from '../../target/pick.ts';
import { runningInstance } from './instance.ts';
import { jsonPathOf } from './json-path.ts';
import { failed, passed, refOf } from './look-types.ts';
import type { Looker } from './look-types.ts';
import { valueMisfit } from './value-test.ts';

/** Whether the guest agent is there, and what it says (KubeVirt's guestosinfo, with its users and file systems). */
export const lookAtAgent: Looker<'agent'> = async (probe, context, signal) => {
  const { machine, connected, path } = probe;
  const { instance, off } = await runningInstance(context, machine, signal);
  if (!instance) return failed(off);
  const there = pickList(instance, 'status', 'conditions').some((each) => each['type'] === 'AgentConnected' && each['status'] === 'True'); // prettier-ignore
  if (!connected) return there ? failed(`The guest agent of ${machine} still answers.`) : passed;
  if (!there) return failed(`The guest agent of ${machine} does not answer: it is not installed, or not started yet.`);
  if (path === undefined) return passed;
  let info: unknown;
  try {
    info = await context.target.client.json('GET', subresourcePath(kinds.virtualMachineInstances, refOf(context, machine), 'guestosinfo'), { signal }); // prettier-ignore
  } catch (error) {
    // KubeVirt answers 500 when the agent went away between two looks.
    if (error instanceof KubeError && error.code === 500)
      return failed(`The guest agent of ${machine} does not answer: ${error.problem.detail}.`);
    throw error;
  }
  const values = (await jsonPathOf(path))(info);
  if (values.length === 0) return failed(`The guest agent of ${machine} says nothing at ${path}.`);
  const misfits = await Promise.all(values.map((value) => valueMisfit(value, probe, `${path} of ${machine}`)));
  return misfits.some((each) => each === undefined) ? passed : failed(misfits[0] ?? '');
};
