import type { Duplex } from 'node:stream';
import { pause } from '../../target/live-list.ts';
import { endpointsOf, closedWords, placeOf } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { failed, passed } from './look-types.ts';
import type { Looker } from './look-types.ts';

/** Milliseconds that a connection has to live to count as taken: one that nobody wants is cut at once. */
const settleMs = 300;

/** A port that takes a connection. Of a service, all that is behind it has to (or, with `open: false`, none may). */
export const lookAtTcp: Looker<'tcp'> = async (probe, context, signal) => {
  const { all, none } = await endpointsOf(context, probe, signal);
  if (!all) return failed(none);
  const answers = await Promise.all(all.map(async (endpoint) => ({ endpoint, closed: await closedBecause(endpoint, signal) }))); // prettier-ignore
  const wrong = answers.find(({ closed }) => (closed === undefined) !== probe.open);
  if (!wrong) return passed;
  const where = `${placeOf(probe)}${probe.service === undefined ? '' : ` (${wrong.endpoint.name})`}`;
  return failed(
    probe.open ? `${where} takes no connection: ${wrong.closed ?? ''}.` : `${where} still takes connections.`,
  );
};

/** Why a connection is not taken, in words; undefined when it is. */
async function closedBecause(endpoint: Endpoint, signal: AbortSignal): Promise<string | undefined> {
  let stream: Duplex;
  try {
    stream = await endpoint.open(signal);
  } catch (error) {
    const told = closedWords(error);
    if (told === undefined) throw error;
    return told;
  }
  try {
    return await cutAtOnce(stream, signal);
  } finally {
    stream.destroy();
  }
}

/** Targets may take the connection themselves before they know whether the guest does: then it ends without a byte. */
async function cutAtOnce(stream: Duplex, signal: AbortSignal): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  stream.on('error', () => resolve('it is closed'));
  stream.once('end', () => resolve('it is closed'));
  stream.once('close', () => resolve('it is closed'));
  stream.once('data', () => resolve(undefined));
  const first = await Promise.race([promise, pause(settleMs, signal)]);
  signal.throwIfAborted();
  return first ?? undefined;
}
