import { readFile } from 'node:fs/promises';
import type { Problem } from '../../../contract/problem.ts';
import { writeFileAtomic } from '../../json-file.ts';
import { checkKeyPair } from './certificate.ts';
import type { KeyPair } from './certificate.ts';

/** Two files, 0600 each. */
export interface KeyPairPlaces {
  key: string;
  cert: string;
}

/**
 * A pair that others know by its fingerprint, made at the first start. One that is damaged is never replaced without being
 * asked for: whoever knows it would see a stranger. `damaged` says so, and about which file.
 */
export async function openKeyPair(
  places: KeyPairPlaces,
  make: () => Promise<KeyPair>,
  damaged: (path: string, error: unknown) => Problem,
): Promise<{ pair: KeyPair } | { problem: Problem }> {
  const [key, cert] = await Promise.all([textOf(places.key), textOf(places.cert)]);
  // The key is written first: a cut between the two leaves a key that nobody has seen yet.
  if (cert === undefined) return { pair: await keep(places, await make()) };
  try {
    return { pair: checkKeyPair(cert, key ?? '') };
  } catch (error) {
    return { problem: damaged(key === undefined ? places.key : places.cert, error) };
  }
}

export async function keep(places: KeyPairPlaces, pair: KeyPair): Promise<KeyPair> {
  await writeFileAtomic(places.key, pair.key);
  await writeFileAtomic(places.cert, pair.cert);
  return pair;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
