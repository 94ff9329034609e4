import type { CauseId, Cure, WhyChain, WhyStep } from '../../contract/why.ts';
import type { WhySources } from './sources.ts';
import { nameOf, statusOf, strategyOf } from './sources.ts';

export interface Explanation {
  /** After the machine's own step, down to the root. */
  steps: WhyStep[];
  /** The step that tells most, where that is not the last one. */
  short?: string | undefined;
  cures: Cure[];
  progress?: number | undefined;
  since?: string | undefined;
}

/** One thing that can be in a machine's way. */
export interface Cause {
  readonly id: CauseId;
  /** What people read, and the heading of its part of docs/guides/troubleshooting.md. */
  readonly title: string;
  readonly applies: (sources: WhySources) => boolean;
  readonly chain: (sources: WhySources) => WhyChain;
}

/**
 * A cause out of what proves it and what it says. `evidence` is undefined where it does not apply. Pure.
 */
export function cause<E>(own: {
  id: CauseId;
  title: string;
  tone?: WhyChain['tone'];
  evidence: (sources: WhySources) => E | undefined;
  explain: (evidence: E, sources: WhySources) => Explanation;
}): Cause {
  return {
    id: own.id,
    title: own.title,
    applies: (sources) => own.evidence(sources) !== undefined,
    chain(sources) {
      const evidence = own.evidence(sources);
      if (evidence === undefined) throw new Error(`${own.id} does not apply`);
      const { short, cures, progress, since, ...rest } = own.explain(evidence, sources);
      const steps = [machineStep(sources), ...rest.steps];
      return {
        cause: own.id,
        title: own.title,
        tone: own.tone ?? 'problem',
        steps,
        short: short ?? steps.at(-1)?.says ?? own.title,
        cures,
        ...(progress !== undefined && { progress }),
        ...(since !== undefined && { since }),
      };
    },
  };
}

const asked: Record<string, string> = {
  Always: 'It should always run',
  RerunOnFailure: 'It should run until its guest shuts down',
  Once: 'It should run once',
  Manual: 'It is started and stopped by hand',
  Halted: 'It should be off',
};

/** KubeVirt's status words that are no plain English. */
const plain: Record<string, string> = {
  ErrorUnschedulable: 'it has no place to run (ErrorUnschedulable)',
  ErrorPvcNotFound: 'a disk of it is missing (ErrorPvcNotFound)',
  ErrorDataVolumeNotFound: 'a disk of it is missing (ErrorDataVolumeNotFound)',
  DataVolumeError: 'a disk of it could not be made (DataVolumeError)',
  ErrImagePull: 'its image cannot be fetched (ErrImagePull)',
  ImagePullBackOff: 'its image cannot be fetched (ImagePullBackOff)',
  CrashLoopBackOff: 'it fails each time it starts (CrashLoopBackOff)',
  WaitingForVolumeBinding: 'it waits for a disk (WaitingForVolumeBinding)',
  WaitingForReceiver: 'it waits for the other node (WaitingForReceiver)',
  Provisioning: 'its disks are being made (Provisioning)',
  Unknown: 'its state is not known (Unknown)',
};

/** The first link: what was asked of the machine, and what it is. */
export function machineStep({ vm }: WhySources): WhyStep {
  if (vm.metadata.deletionTimestamp) return { object: `VirtualMachine ${nameOf(vm)}`, says: 'It is being deleted.' };
  const status = statusOf(vm);
  const is = plain[status] ?? `it is ${status.charAt(0).toLowerCase()}${status.slice(1)}`;
  const strategy = strategyOf(vm);
  return {
    object: `VirtualMachine ${nameOf(vm)}`,
    says: `${asked[strategy] ?? `Its run strategy is ${strategy}`}; ${is}.`,
  };
}

export const page = (label: string, to: string, detail?: string): Cure => ({
  label,
  ...(detail && { detail }),
  action: { type: 'page', to },
});
export const machinePage = ({ vm }: WhySources, tab = ''): string =>
  `/machines/${vm.metadata.namespace}/${nameOf(vm)}${tab && `/${tab}`}`;
