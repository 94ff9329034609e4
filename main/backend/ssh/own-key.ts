import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OwnKey } from '../../contract/consoles.ts';
import { ProblemError } from '../../contract/problem.ts';
import { writeFileAtomic } from '../json-file.ts';
import { privateFolder } from '../paths.ts';
import { hostKeyOf } from '../provision/places/ssh-connection.ts';
import { sshLibrary } from './library.ts';

const comment = 'hearth';

/** The key pair of one data folder, made when it is first asked for. */
export interface KeyStore {
  /** The public half and where the private one is. */
  key(): Promise<OwnKey>;
  /** The private half, for signing in. */
  secret(): Promise<string>;
}

/**
 * `folder`/id_ed25519, mode 0600, in OpenSSH's own format so that `ssh -i` takes it. A file that is there is never written
 * over: throws `own-key-unusable` where it cannot be read as a key.
 */
export function createKeyStore(folder: string): KeyStore {
  const path = join(folder, 'id_ed25519');
  let made: Promise<{ key: OwnKey; secret: string }> | undefined;
  async function open(): Promise<{ key: OwnKey; secret: string }> {
    await privateFolder(folder);
    const { utils } = await sshLibrary();
    const secret = (await kept(path)) ?? (await make(utils));
    const parsed = utils.parseKey(secret);
    if (parsed instanceof Error || Array.isArray(parsed) || !parsed.isPrivateKey()) {
      throw new ProblemError({
        code: 'own-key-unusable',
        title: "Hearth's own SSH key cannot be used",
        detail: `${path}: ${parsed instanceof Error ? parsed.message : 'it is no private key without a passphrase'}.`,
        fix: 'Move the file away; a new key is made then. Machines that trust only the old one need the new one put in.',
      });
    }
    const raw = parsed.getPublicSSH();
    const publicKey = `${parsed.type} ${raw.toString('base64')} ${comment}`;
    return { secret, key: { publicKey, fingerprint: hostKeyOf(raw).key, path } };
  }
  async function make(utils: typeof import('ssh2').utils): Promise<string> {
    const pair = newPair(utils);
    await writeFileAtomic(path, pair.private);
    await writeFileAtomic(`${path}.pub`, `${pair.public}\n`);
    return pair.private;
  }
  const ready = (): Promise<{ key: OwnKey; secret: string }> => {
    made ??= open();
    made.catch(() => (made = undefined)); // whoever asked has the error; asked again next time
    return made;
  };
  return { key: async () => (await ready()).key, secret: async () => (await ready()).secret };
}

/**
 * A key pair that can be read again. ssh2 takes zeros away from the front of a public key, which makes one pair in 256
 * unreadable (https://github.com/mscdex/ssh2/issues/1513): such a pair is thrown away.
 */
export function newPair(utils: Pick<typeof import('ssh2').utils, 'generateKeyPairSync' | 'parseKey'>): {
  private: string;
  public: string;
} {
  for (let tries = 0; tries < 100; tries += 1) {
    const pair = utils.generateKeyPairSync('ed25519', { comment });
    const halves = [pair.private, pair.public].map((half) => utils.parseKey(half));
    if (!halves.some((half) => half instanceof Error)) return pair;
  }
  throw new Error('ssh2 makes no key pair that it can read again');
}

async function kept(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
