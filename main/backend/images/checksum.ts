import { fetchText } from './fetch-text.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { CatalogueEntry } from '../../contract/image.ts';

export type Algorithm = 'sha256' | 'sha512';
const lengths = { sha256: 64, sha512: 128 } as const;

/**
 * Finds a file's digest in a publisher's checksum file. Knows `hex  file`, `hex *file`, `SHA256 (file) = hex` (BSD, Fedora
 * and Rocky, also inside a PGP clear-signed text) and a file that holds one digest alone. Undefined when it is not stated.
 */
export function findDigest(text: string, fileName: string, algorithm: Algorithm): string | undefined {
  const hex = `[0-9a-fA-F]{${lengths[algorithm]}}`;
  const bsd = new RegExp(`^${algorithm}\\s*\\((.+)\\)\\s*=\\s*(${hex})\\s*$`, 'i');
  const gnu = new RegExp(`^\\\\?(${hex})(?:\\s+[*]?(.+?))?\\s*$`);
  const found: { name: string; digest: string }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, bsdName, bsdDigest] = bsd.exec(line) ?? [];
    const [, gnuDigest, gnuName] = gnu.exec(line) ?? [];
    const digest = bsdDigest ?? gnuDigest;
    if (digest) found.push({ name: bsdName ?? gnuName ?? '', digest: digest.toLowerCase() });
  }
  const base = fileName.slice(fileName.lastIndexOf('/') + 1);
  // Some files list the same name in several folders (./netboot/mini.iso): the longest matching end wins.
  const named = found.filter(({ name }) => name.slice(name.lastIndexOf('/') + 1) === base);
  const byPath = named.filter(({ name }) => fileName.endsWith(name.replace(/^\.\//, '/').replace(/^(?!\/)/, '/')));
  if (byPath[0]) return byPath.sort((a, b) => b.name.length - a.name.length)[0]?.digest;
  if (named.length > 0) return new Set(named.map(({ digest }) => digest)).size === 1 ? named[0]?.digest : undefined;
  // A checksum file of one file alone may name it otherwise ("latest" against a build number), or not at all.
  return found.length === 1 ? found[0]?.digest : undefined;
}

/** The checksum of a catalogue entry as CDI writes it (`sha256:hex`), asked from the publisher; undefined where there is none. */
export async function resolveChecksum(entry: CatalogueEntry, signal?: AbortSignal): Promise<string | undefined> {
  const { checksum, url } = entry;
  if (!checksum || !url) return undefined;
  if (checksum.type === 'value') return `${checksum.algorithm}:${checksum.value.toLowerCase()}`;
  const text = await fetchText(checksum.url, signal);
  const digest = findDigest(text, new URL(url).pathname, checksum.algorithm);
  if (digest) return `${checksum.algorithm}:${digest}`;
  throw new ProblemError({
    code: 'checksum-not-stated',
    title: 'The publisher does not state a checksum for this image',
    detail: `${checksum.url} does not name ${new URL(url).pathname.split('/').at(-1) ?? url}.`,
    cause: 'The publisher moved or renamed the image since this catalogue was written.',
    fix: "Look on the publisher's page for the present address, and add the image by its address.",
  });
}
