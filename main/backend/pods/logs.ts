import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { BytePipe } from '../../contract/procedure.ts';
import { KubeError } from '../target/kube-error.ts';
import { kinds, pathOf } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';

export interface LogWish extends ObjectRef {
  container?: string | undefined;
  previous: boolean;
  timestamps: boolean;
  /** Lines from the end. */
  tail: number;
}
/** Bytes of a log that are read at once; the target is asked for the same. */
const most = 8 * 1024 * 1024;

const pathTo = ({ namespace, name }: ObjectRef): string => pathOf(kinds.pods, namespace, name, 'log');
const queryOf = ({ container, previous, timestamps, tail }: LogWish) => ({
  container,
  tailLines: tail,
  ...(previous && { previous: true }),
  ...(timestamps && { timestamps: true }),
});

/** What the target answers while there is no log yet, or none any more, in words. */
function inWords(error: unknown, { name, previous }: LogWish): unknown {
  if (!(error instanceof KubeError) || error.code !== 400) return error;
  const { detail } = error.problem;
  if (previous || /previous terminated container/.test(detail))
    return new ProblemError({
      code: 'log-no-previous',
      title: 'There is no container before this one',
      detail,
      fix: 'Show the log of the present one.',
      kind: 'denied',
    });
  if (/is waiting to start|PodInitializing|ContainerCreating/.test(detail))
    return new ProblemError({
      code: 'log-not-yet',
      title: `${name} has not started yet`,
      detail,
      fix: 'The log begins as soon as it does; why it waits is said on its page.',
    });
  return error;
}

/**
 * The log of a container as it comes. The pipe ends with `log-ended` when the container has, `log-not-yet` while it waits to be
 * started, KubeError where the target refuses; its back-pressure is the connection's.
 */
export async function followLog(
  { client }: Pick<OpenTarget, 'client'>,
  wish: LogWish,
  called: AbortSignal,
): Promise<BytePipe> {
  const over = new AbortController();
  let response: IncomingMessage;
  try {
    // What ended tells its whole log and nothing more.
    response = await client.open('GET', pathTo(wish), { query: { ...queryOf(wish), follow: !wish.previous }, signal: AbortSignal.any([over.signal, called]) }); // prettier-ignore
  } catch (error) {
    throw inWords(error, wish);
  }
  response.on('error', () => undefined); // told through `readable`
  return {
    readable: {
      async *[Symbol.asyncIterator]() {
        try {
          for await (const chunk of response) yield chunk as Uint8Array;
        } catch (error) {
          if (over.signal.aborted) return;
          throw new ProblemError(
            {
              code: 'log-lost',
              title: 'The log broke off',
              detail: asProblem(error).detail,
              fix: 'It goes on by itself when the target answers again.',
            },
            { cause: error },
          );
        }
        if (!over.signal.aborted) throw ended(wish);
      },
    },
    write: () => Promise.reject(new ProblemError({ code: 'log-read-only', title: 'A log is only read', detail: 'Nobody listens to what is typed into it.' })), // prettier-ignore
    close: () => {
      over.abort();
      response.destroy();
    },
  };
}
const ended = ({ name, previous }: LogWish): ProblemError =>
  new ProblemError({
    code: 'log-ended',
    title: 'The log is at its end',
    detail: previous ? `This container of ${name} has ended.` : `The container of ${name} has ended, or was made anew.`,
    fix: 'Follow it again to see whether there is a new one.',
  });

/** A log as text, its last 8 MiB. Throws KubeError and what `followLog` says. */
export async function readLog(
  { client }: Pick<OpenTarget, 'client'>,
  wish: LogWish,
): Promise<{ text: string; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const response = await client.open('GET', pathTo(wish), { query: { ...queryOf(wish), limitBytes: most * 4 } });
    for await (const chunk of Readable.from(response)) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      while (length - (chunks[0]?.length ?? 0) >= most) length -= chunks.shift()?.length ?? 0;
    }
  } catch (error) {
    throw inWords(error, wish);
  }
  const text = Buffer.concat(chunks).subarray(-most).toString('utf8');
  return { text, truncated: length > most || text.split('\n').length - 1 >= wish.tail };
}
