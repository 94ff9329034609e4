import { durationMs } from '../../../contract/labs/words.ts';
import type { Probe, ProbeKind } from '../../../contract/labs/checks.ts';
import { probeKinds } from '../../../contract/labs/checks.ts';
import { asProblem } from '../../../contract/problem.ts';
import { lookAtAgent } from './agent.ts';
import { lookAtApi } from './api.ts';
import { lookAtHttp } from './http.ts';
import { trouble, failed } from './look-types.ts';
import type { Look, LookContext, Looker } from './look-types.ts';
import { lookByPing } from './ping.ts';
import { lookAtScreen } from './screen.ts';
import { lookAtSerial } from './serial.ts';
import { lookOverSsh } from './ssh.ts';
import { lookAtTcp } from './tcp.ts';

const lookers: { [Kind in ProbeKind]: Looker<Kind> } = {
  api: lookAtApi,
  serial: lookAtSerial,
  screen: lookAtScreen,
  http: lookAtHttp,
  tcp: lookAtTcp,
  ssh: lookOverSsh,
  agent: lookAtAgent,
  ping: lookByPing,
};

/**
 * One look. `timeout` as the lab file tells it ("10s"). What keeps it from being looked at comes as a Look, too; it rejects
 * only when it was called off, with the signal's reason.
 */
export async function look(
  probe: Probe,
  context: LookContext,
  options: { timeout: string; signal: AbortSignal },
): Promise<Look> {
  const { timeout, signal } = options;
  const late = AbortSignal.timeout(durationMs(timeout));
  const either = AbortSignal.any([signal, late]);
  const kind = probeKinds.find((each) => probe[each] !== undefined);
  if (kind === undefined) return trouble('The check looks at nothing.');
  const over = Promise.withResolvers<never>();
  const stop = (): void => over.reject(either.reason);
  either.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    // Not every library hears the signal at once: the answer comes in time all the same.
    return await Promise.race([over.promise, lookWith(kind, probe, context, either)]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (late.aborted) return failed(`There was no answer within ${inWords(timeout)}.`);
    const { title, detail, fix } = asProblem(error);
    return trouble([`${title}: ${detail}`, fix].filter(Boolean).join(' '));
  } finally {
    either.removeEventListener('abort', stop);
  }
}

async function lookWith<Kind extends ProbeKind>(
  kind: Kind,
  probe: Probe,
  context: LookContext,
  signal: AbortSignal,
): Promise<Look> {
  const looker: Looker<Kind> = lookers[kind];
  const of = probe[kind];
  return of === undefined
    ? trouble('The check looks at nothing.')
    : looker(of as NonNullable<Probe[Kind]>, context, signal);
}

const inWords = (timeout: string): string => timeout.replace(/(\d)(ms|s|m)$/, (_all, digit: string, unit: string) => `${digit} ${unit === 'm' ? 'min' : unit}`); // prettier-ignore
