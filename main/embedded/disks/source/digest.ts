import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { Refusal } from '../refusal.ts';

const lengths = { md5: 32, sha1: 40, sha256: 64, sha512: 128 } as const;
export interface Expected {
  algorithm: keyof typeof lengths;
  hex: string;
}

/** "sha256:…" and the like, as CDI writes them. */
export function parseChecksum(text: string | undefined): Expected | undefined {
  if (text === undefined || text === '') return undefined;
  const [algorithm = '', hex = ''] = text.toLowerCase().split(':');
  if (algorithm in lengths && /^[0-9a-f]+$/.test(hex) && hex.length === lengths[algorithm as keyof typeof lengths])
    return { algorithm: algorithm as keyof typeof lengths, hex };
  throw new Refusal(
    'InvalidChecksum',
    `"${text.slice(0, 200)}" is no checksum: write sha256: or sha512: and the hexadecimal digest.`,
  );
}

/** Hashes what goes by: always SHA-256 (the name of the content), and the algorithm of the checksum that was stated. */
export class Digest {
  private readonly name: Hash = createHash('sha256');
  private readonly stated: Hash | undefined;
  private readonly expected: Expected | undefined;
  constructor(expected: Expected | undefined) {
    this.expected = expected;
    this.stated = expected && expected.algorithm !== 'sha256' ? createHash(expected.algorithm) : undefined;
  }

  update(data: Uint8Array): void {
    this.name.update(data);
    this.stated?.update(data);
  }

  /** The content's SHA-256, and the digest that was found where it is not the one expected. Ends the digest. */
  finish(): { id: string; wrong?: string } {
    const id = this.name.digest('hex');
    const found = this.stated?.digest('hex') ?? id;
    return this.expected && found !== this.expected.hex ? { id, wrong: found } : { id };
  }
}
