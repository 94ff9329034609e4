import { ProblemError } from '../../contract/problem.ts';

const limit = 4 * 1024 * 1024;

/** A small text from the internet, at most 4 MiB, within 30 s. Throws a ProblemError, or AbortError. */
export async function fetchText(url: string, signal?: AbortSignal): Promise<string> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([AbortSignal.timeout(30_000), ...(signal ? [signal] : [])]),
    });
    if (!response.ok || !response.body)
      throw new Error(`the server answered ${response.status} ${response.statusText}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > limit) throw new Error('the file is larger than 4 MiB');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    if (signal?.aborted) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new ProblemError(
      {
        code: 'publisher-unreachable',
        title: "The publisher's server cannot be reached",
        detail: `${url}: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause: 'No internet connection, a proxy in between, or the server is down.',
        fix: 'Check the connection and try again. The starter image needs the Debian mirror only; a file from this computer needs nothing.',
      },
      { cause: error },
    );
  }
}
