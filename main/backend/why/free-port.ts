import { ProblemError } from '../../contract/problem.ts';
import { programHolder, serviceHolder } from '../networks/port-holder.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';

/**
 * The next port of the host after this one that no Service has and, where the host is this computer, no program listens on.
 * Throws `no-free-port`.
 */
export async function nextFreePort(
  target: OpenTarget,
  taken: number,
  protocol: 'TCP' | 'UDP' | 'SCTP',
  [least, most]: readonly [number, number],
): Promise<number> {
  const services = await target.client.list(kinds.services);
  const here = target.state.value.capabilities.some(({ id, supported }) => id === 'localFiles' && supported);
  const first = Math.max(least, taken + 1);
  // Round to the beginning; a hundred tries are enough for any home.
  for (let step = 0; step < 100; step += 1) {
    const port = least + ((first - least + step) % (most - least + 1));
    if (port === taken || serviceHolder(services, port, protocol) !== undefined) continue;
    if (here && protocol !== 'SCTP' && (await programHolder(port, protocol)) !== undefined) continue;
    return port;
  }
  throw new ProblemError({
    code: 'no-free-port',
    title: 'No free port was found',
    detail: `A hundred ports after ${taken} are all in use.`,
    fix: 'Choose one yourself: remove this forward and add another.',
  });
}
