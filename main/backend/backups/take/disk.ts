import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { ProblemError } from '../../../contract/problem.ts';
import { linkOf, openLink } from '../../transfer/link.ts';
import type { Link, LinkFormat } from '../../transfer/link.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import type { OpenTarget } from '../../target/target.ts';

const isHere = (url: string): boolean => /^(127\.|localhost$|\[?::1)/.test(new URL(url).hostname);

/**
 * The link of a disk as bytes that do not change where the disk does not, so that a place keeps what was there already once:
 * without its empty parts where the target has that, else raw, whose zeros travel packed over a network. Throws
 * `export-incomplete`. Pure.
 */
export function diskLink(object: KubeObject, names: readonly string[]): Link {
  const by = (...formats: LinkFormat[]): Link | undefined => linkOf(object, names, formats);
  const raw = by('raw', 'gzip');
  const found = by('qcow2-plain') ?? (raw && !isHere(raw.url) ? by('gzip', 'raw') : raw);
  if (found) return found;
  throw new ProblemError({
    code: 'export-incomplete',
    title: 'The target does not hand out every disk',
    detail: `There is no link for ${names[0]}.`,
    fix: 'Look at the VirtualMachineExport on the target.',
  });
}

/** A disk's bytes as they come; what was counted and its checksum are there when the stream has ended. */
export interface DiskStream {
  bytes: AsyncIterable<Uint8Array>;
  told(): { stored: number; sha256: string };
}

/** Throws ProblemError, also from the stream: one that ends early fails. `progress`: bytes so far, and all of them where that is known. */
export async function openDisk(
  target: OpenTarget,
  link: Link,
  token: string,
  signal: AbortSignal,
  progress: (done: number, of: number | undefined) => void,
): Promise<DiskStream> {
  const answer = await openLink(target, link, { 'x-kubevirt-export-token': token }, signal);
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  const unpacked = link.format === 'gzip' ? answer.pipe(createGunzip()) : answer;
  // A pipe hands no failure on: without this a cut download would end as if it were whole.
  if (unpacked !== answer)
    answer.once('close', () => {
      if (!answer.complete) unpacked.destroy(new Error('the download ended early'));
    });
  const hash = createHash('sha256');
  let stored = 0;
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of unpacked) {
        const chunk = piece as Buffer;
        hash.update(chunk);
        stored += chunk.length;
        progress(stored, unpacked === answer && Number.isFinite(length) ? length : undefined);
        yield chunk;
      }
      if (unpacked === answer && Number.isFinite(length) && stored !== length) throw new Error('the download ended early'); // prettier-ignore
    } catch (error) {
      throw signal.aborted || error instanceof ProblemError ? error : cutOff(error);
    } finally {
      answer.destroy();
    }
  }
  return { bytes: read(), told: () => ({ stored, sha256: hash.digest('hex') }) };
}

const cutOff = (error: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'backup-disk-cut',
      title: 'A disk could not be read to its end',
      detail: error instanceof Error ? error.message : String(error),
      cause: 'The target ended, or the connection to it.',
      fix: 'Back the machine up again.',
    },
    { cause: error },
  );
