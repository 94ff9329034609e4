import type { Problem } from '../../contract/problem.ts';
import { makeKeyPair } from '../boxes/pairing/certificate.ts';
import type { KeyPair } from '../boxes/pairing/certificate.ts';
import { keep, openKeyPair } from '../boxes/pairing/kept-key-pair.ts';
import type { BoxPlaces } from './places.ts';

const make = (): Promise<KeyPair> => makeKeyPair('Hearth box');

/** The key of this box, made at its first start. Every paired app knows the box by it. */
export const openIdentity = (places: BoxPlaces): ReturnType<typeof openKeyPair> => openKeyPair(places, make, damaged);

/** Takes a new key. Whoever was paired sees another box and pairs anew. */
export const newIdentity = async (places: BoxPlaces): Promise<KeyPair> => keep(places, await make());

const damaged = (path: string, error: unknown): Problem => ({
  code: 'box-identity-damaged',
  title: 'The key of this box cannot be read',
  detail: `${path}: ${error instanceof Error ? error.message : String(error)}`,
  cause: 'The disk lost a file, or somebody changed it.',
  fix: 'Put the files back from a backup. Or make a new key at this console with `hearth box new-identity`; every app must then pair anew.',
  kind: 'failed',
});
