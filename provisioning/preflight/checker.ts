import type { ApplianceSettings } from '../settings.ts';
import type { MachineFacts } from './machine.ts';
import type { Trial } from './suggest.ts';

export type Group = 'system' | 'kernel' | 'network' | 'storage' | 'other';
export type Status = 'ok' | 'note' | 'warning' | 'problem';

/** Everything a checker may look at. */
export interface CheckContext {
  readonly facts: MachineFacts;
  /** What was chosen, or what is suggested. */
  readonly settings: ApplianceSettings;
  readonly place: 'local' | 'ssh';
  readonly trial: Trial;
  /** The accelerator trial in words, where it was run. */
  readonly accelerator?: AcceleratorWords | undefined;
  readonly elevation: 'root' | 'pkexec' | 'sudo' | 'sudo-password' | 'none';
  /** Which of the places that files come from answered; undefined: not tried. */
  readonly reach?: readonly Reach[] | undefined;
  /** An offline bundle was named; `there`: it is a file on the computer that Hearth runs on. */
  readonly bundle?: { readonly path: string; readonly there: boolean } | undefined;
  /** The time elsewhere, in seconds since 1970, taken when the machine's own was. */
  readonly time?: { readonly seconds: number; readonly by: string } | undefined;
}
export interface AcceleratorWords {
  readonly failureClass: string;
  readonly title: string;
  readonly detail: string;
  readonly evidence: string;
  readonly fix?: string | undefined;
  readonly commands: readonly string[];
}
/** One attempt to reach a place that files come from, made by the backend. */
export interface Reach {
  readonly host: string;
  readonly ok: boolean;
  /** Why not, in the words of the attempt. */
  readonly error?: string | undefined;
  readonly kind?: 'name' | 'certificate' | 'proxy' | 'time' | 'other' | undefined;
}

export interface Outcome {
  readonly status: Status;
  /** The install is refused while it stands; only with `problem`. */
  readonly blocks?: boolean;
  readonly detail: string;
  readonly evidence?: readonly string[];
  readonly fix?: string | undefined;
  readonly commands?: readonly string[];
  /** The plan cures it, and undoes that at the uninstall. */
  readonly inPlan?: boolean;
}
/** One thing to look at before an install. `applies` false: it means nothing on this machine and is left out. */
export interface Checker {
  readonly id: string;
  readonly title: string;
  readonly group: Group;
  applies(context: CheckContext): boolean;
  run(context: CheckContext): Outcome;
}
export interface Finding {
  id: string;
  title: string;
  group: Group;
  status: Status;
  blocks: boolean;
  detail: string;
  evidence: string[];
  fix?: string;
  commands: string[];
  inPlan: boolean;
}

export const always = (): boolean => true;
export const ok = (detail: string, evidence: readonly string[] = []): Outcome => ({ status: 'ok', detail, evidence });

/** Bytes as people say them. */
export const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(bytes < 100 * 2 ** 30 ? 1 : 0)} GiB`;
export const GiB = 2 ** 30;

/** The finding of one checker; undefined where it does not apply. */
export function findingOf(checker: Checker, context: CheckContext): Finding | undefined {
  if (!checker.applies(context)) return undefined;
  const { status, blocks, detail, evidence, fix, commands, inPlan } = checker.run(context);
  return {
    id: checker.id,
    title: checker.title,
    group: checker.group,
    status,
    blocks: status === 'problem' && blocks === true,
    detail,
    evidence: [...(evidence ?? [])],
    ...(fix === undefined ? {} : { fix }),
    commands: [...(commands ?? [])],
    inPlan: inPlan === true,
  };
}
