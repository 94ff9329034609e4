import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';

/**
 * Tells of each refusal of a serial console why it will not open by itself later: no right, a machine without the port
 * (KubeVirt pkg/virt-api/rest: "No serial consoles are present."), a machine that is gone, a target without consoles.
 * Undefined where it may: the machine is off or starting, the target is away.
 */
export function consoleRefusals(
  { client }: Pick<OpenTarget, 'client'>,
  { namespace, name }: ObjectRef,
): (error: unknown) => Promise<ProblemError | undefined> {
  const there = async (kind: Kind): Promise<KubeObject | undefined> => {
    try {
      return await client.get(kind, namespace, name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  /** Uid of the instance that ran at the refusal before: it may have begun to run after the one, not after both. */
  let ran: string | undefined;
  async function notFound(error: KubeError): Promise<ProblemError | undefined> {
    if (!(await there(kinds.virtualMachines))) return error;
    const instance = await there(kinds.virtualMachineInstances);
    const before = ran;
    ran = pickText(instance, 'status', 'phase') === 'Running' ? instance?.metadata.uid : undefined;
    if (ran === undefined || ran !== before) return undefined;
    return new ProblemError(
      {
        code: 'console-unsupported',
        title: 'This target opens no serial consoles',
        detail: error.problem.detail,
        fix: 'Look at the screen of the machine, or use SSH.',
      },
      { cause: error },
    );
  }
  return async (error) => {
    if (!(error instanceof KubeError)) return undefined;
    if (error.problem.kind === 'denied') return error;
    if (error.code === 400 && /no serial console/i.test(error.problem.detail))
      return new ProblemError(
        {
          code: 'no-serial',
          title: 'The machine has no serial console',
          detail: `${name} runs without one (autoattachSerialConsole is off).`,
          fix: 'Take that line out of its manifest and restart it.',
        },
        { cause: error },
      );
    if (error.code !== 404) return undefined;
    try {
      return await notFound(error);
    } catch (later) {
      if (later instanceof KubeError) return undefined; // the next try finds out
      throw later;
    }
  };
}
