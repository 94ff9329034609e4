import { createHash, createPublicKey, generateKeyPairSync, createPrivateKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ProblemError } from '../../../contract/problem.ts';
import { writeFileAtomic } from '../../json-file.ts';

/** A public key whose signatures are believed. */
export interface TrustedKey {
  /** First 16 hexadecimal digits of the SHA-256 of its DER. */
  id: string;
  /** Name of its file, for people. */
  name: string;
  key: KeyObject;
}
/** What images are signed with. */
export interface SigningKey {
  id: string;
  privateKey: KeyObject;
  publicPem: string;
}

const idOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);

/** A public key from its PEM. Throws the Problem `key-unusable`. */
export function trustedKey(pem: string, name: string): TrustedKey {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (error) {
    throw unusable(name, error instanceof Error ? error.message : String(error), error);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw unusable(name, `It is ${key.asymmetricKeyType ?? 'something else'}, not ed25519.`);
  return { id: idOf(key), name, key };
} // prettier-ignore

/** All `*.pub` of these folders; folders that are not there have none. A key that lies in two is told once. */
export async function readTrustedKeys(folders: readonly string[]): Promise<TrustedKey[]> {
  const keys = new Map<string, TrustedKey>();
  for (const folder of folders) {
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const name of names.filter((each) => each.endsWith('.pub')).toSorted()) {
      const key = trustedKey(await readFile(join(folder, name), 'utf8'), name.replace(/\.pub$/, ''));
      if (!keys.has(key.id)) keys.set(key.id, key);
    }
  }
  return [...keys.values()];
}

/** A private key from its PEM. Throws the Problem `key-unusable`. */
export function signingKey(pem: string, name: string): SigningKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (error) {
    throw unusable(name, error instanceof Error ? error.message : String(error), error);
  }
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw unusable(name, `It is ${privateKey.asymmetricKeyType ?? 'something else'}, not ed25519.`);
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return { id: trustedKey(publicPem, name).id, privateKey, publicPem };
}

/** The key of this file, made (with its `.pub` beside it) when there is none yet; readable by its owner only. */
export async function ensureSigningKey(path: string): Promise<SigningKey> {
  const there = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (there !== undefined) return signingKey(there, basename(path));
  await mkdir(join(path, '..'), { recursive: true });
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const made = signingKey(pem, basename(path));
  await writeFileAtomic(`${path.replace(/\.(key|pem)$/, '')}.pub`, made.publicPem);
  await writeFileAtomic(path, pem);
  return made;
}

export const signBytes = (bytes: Uint8Array, { privateKey }: SigningKey): Buffer => sign(null, bytes, privateKey);
export const isSignedBy = (bytes: Uint8Array, signature: Uint8Array, { key }: TrustedKey): boolean =>
  signature.length === 64 && verify(null, bytes, key, signature);

const unusable = (name: string, detail: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'key-unusable',
      title: 'A signing key cannot be used',
      detail: `${name}: ${detail}`,
      cause: 'Box images are signed with ed25519 keys in PEM form.',
      fix: 'Put the right file in its place, or remove it.',
    },
    { cause },
  );
