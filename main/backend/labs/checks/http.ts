import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { endpointsOf, closedWords, placeOf } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { failed, passed } from './look-types.ts';
import type { Looker } from './look-types.ts';
import { quoted, textMisfit } from './text-test.ts';

/** Bytes of an answer that are read. */
const most = 256 * 1024;

interface Answer {
  status: number;
  body: string;
}

/** An answer over HTTP. What is behind a service is asked in turn. Redirects are answers like any other: nothing is followed. */
export const lookAtHttp: Looker<'http'> = async (probe, context, signal) => {
  const { all, none } = await endpointsOf(context, probe, signal);
  if (!all) return failed(none);
  const bodies = new Set<string>();
  for (let round = 0; round < probe.times; round += 1) {
    const endpoint = all[round % all.length] ?? all[0];
    const where = `${placeOf(probe)}${all.length > 1 ? ` (${endpoint.name})` : ''}`;
    const answer = await ask(endpoint, probe.path, signal);
    if (typeof answer === 'string') return failed(`${where} gives no answer over HTTP: ${answer}.`);
    const { status, body } = answer;
    if (status !== probe.status)
      return failed(`${where} answers ${status} instead of ${probe.status}${body.trim() ? `: ${quoted(body.trim())}` : ''}.`); // prettier-ignore
    const { contains, lacks, matches, equals } = probe;
    const asked = [contains, lacks, matches, equals].some((each) => each !== undefined);
    const misfit = asked ? await textMisfit(body, { contains, lacks, matches, equals }, `The answer of ${where.toLowerCase()}`) : undefined; // prettier-ignore
    if (misfit !== undefined) return failed(misfit);
    bodies.add(body);
  }
  const { distinct = 0, times } = probe;
  if (bodies.size < distinct)
    return failed(
      `${times} answers were of ${bodies.size} ${bodies.size === 1 ? 'kind' : 'kinds'}; ${distinct} different ones have to come.`,
    );
  return passed;
};

/** The answer of one request, or in words why there is none. Rejects when the target itself is in the way. */
async function ask(endpoint: Endpoint, path: string, signal: AbortSignal): Promise<Answer | string> {
  let stream: Duplex;
  try {
    stream = await endpoint.open(signal);
  } catch (error) {
    const told = closedWords(error);
    if (told === undefined) throw error;
    return told;
  }
  try {
    const response = await answerOf(stream, endpoint, path, signal);
    return { status: response.statusCode ?? 0, body: await textOf(response) };
  } catch (error) {
    signal.throwIfAborted();
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code.startsWith('HPE_')) return `what speaks there is no HTTP (${message})`;
    return stream.destroyed || code === 'ECONNRESET' ? 'the connection was closed' : message;
  } finally {
    stream.destroy();
  }
}

function answerOf(
  stream: Duplex,
  { name, port }: Endpoint,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = request({
      createConnection: () => stream,
      path,
      headers: { host: port === 80 ? name : `${name}:${port}`, 'user-agent': 'hearth-lab', connection: 'close' },
      signal,
    });
    asking.once('response', resolve);
    asking.once('error', reject);
    asking.end();
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= most) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, most);
}
