import { readFile } from 'node:fs/promises';
import type { Problem } from '../../contract/problem.ts';
import { checkKeyPair, makeKeyPair } from '../boxes/pairing/certificate.ts';
import type { KeyPair } from '../boxes/pairing/certificate.ts';
import { writeFileAtomic } from '../json-file.ts';
import type { BoxPlaces } from './places.ts';

/**
 * The key of this box, made at its first start. Every paired app knows the box by it, so one that is damaged is never
 * replaced without being asked for: an app would see a stranger at the box's address.
 */
export async function openIdentity(places: BoxPlaces): Promise<{ pair: KeyPair } | { problem: Problem }> {
  const [key, cert] = await Promise.all([textOf(places.key), textOf(places.cert)]);
  if (key === undefined && cert === undefined) return { pair: await newIdentity(places) };
  // The key is written first: a cut between the two leaves a key that no app has seen yet.
  if (cert === undefined) return { pair: await newIdentity(places) };
  try {
    return { pair: checkKeyPair(cert, key ?? '') };
  } catch (error) {
    return { problem: damaged(key === undefined ? places.key : places.root, error) };
  }
}

/** Takes a new key. Whoever was paired sees another box and pairs anew. */
export async function newIdentity(places: BoxPlaces): Promise<KeyPair> {
  const pair = await makeKeyPair('Hearth box');
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

const damaged = (path: string, error: unknown): Problem => ({
  code: 'box-identity-damaged',
  title: 'The key of this box cannot be read',
  detail: `${path}: ${error instanceof Error ? error.message : String(error)}`,
  cause: 'The disk lost a file, or somebody changed it.',
  fix: 'Put the files back from a backup. Or make a new key at this console with `hearth box new-identity`; every app must then pair anew.',
  kind: 'failed',
});
