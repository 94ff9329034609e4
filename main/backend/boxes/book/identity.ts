import { hostname } from 'node:os';
import { z } from 'zod';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { checkKeyPair, makeKeyPair } from '../pairing/certificate.ts';
import type { KeyPair } from '../pairing/certificate.ts';
import { locked } from '../../shared-file.ts';

const fileSchema = z.object({ cert: z.string(), key: z.string() }).superRefine(({ cert, key }, context) => {
  try {
    checkKeyPair(cert, key);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
  }
});

/** Who this Hearth is to its boxes: name and client certificate. */
export interface AppIdentity extends KeyPair {
  name: string;
}

/**
 * The certificate that boxes know this Hearth by, made at first use and kept in `file` (0600, both halves or neither). One
 * that cannot be used is set aside; the boxes then have to be paired again.
 */
export async function openIdentity(file: string, log: Log): Promise<AppIdentity> {
  const name = `Hearth on ${hostname()}`.slice(0, 100);
  return locked(file, async () => {
    const kept = await readJson(file, fileSchema, log);
    if (kept) return { ...checkKeyPair(kept.cert, kept.key), name };
    const made = await makeKeyPair('Hearth');
    await writeJson(file, { cert: made.cert, key: made.key });
    return { ...made, name };
  });
}
