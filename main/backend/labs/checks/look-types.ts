import type { Probe, ProbeKind } from '../../../contract/labs/checks.ts';
import type { ObjectRef } from '../../../contract/machine-ref.ts';
import type { Consoles } from '../../consoles/consoles.ts';
import type { SerialMark } from '../../consoles/serial.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { GuestSsh } from './guest-ssh.ts';

/** What one look found. Not passed: `told` says what is there instead; `trouble`: it could not be looked at at all. */
export type Look = { passed: true; told?: string } | { passed: false; told: string; trouble?: true };

export const passed: Look = { passed: true };
export const failed = (told: string): Look => ({ passed: false, told });
export const trouble = (told: string): Look => ({ passed: false, told, trouble: true });

/** One kind of probe as the lab file wrote it, with its defaults. */
export type ProbeOf<Kind extends ProbeKind> = NonNullable<Probe[Kind]>;

/** Where probes look: nothing outside of one namespace of one target. */
export interface LookContext {
  readonly target: Pick<OpenTarget, 'client' | 'state'>;
  /** The lab's own. */
  readonly namespace: string;
  readonly consoles: Pick<Consoles, 'serialText' | 'screenText'>;
  /** Logins with the lab's key. */
  readonly ssh: GuestSsh;
  /** Where a machine's serial console was when the step began; undefined: nothing is kept of that. */
  mark(machine: string): SerialMark | undefined;
}

/** Looks at one kind of probe. Rejects when it cannot be looked at (a Problem) or was called off (AbortError). */
export type Looker<Kind extends ProbeKind> = (
  probe: ProbeOf<Kind>,
  context: LookContext,
  signal: AbortSignal,
) => Promise<Look>;

export const refOf = (context: Pick<LookContext, 'namespace'>, machine: string): ObjectRef => ({
  namespace: context.namespace,
  name: machine,
});
