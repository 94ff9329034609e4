import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { ProblemError } from '../../contract/problem.ts';
import { deriveKey } from '../access/password.ts';
import { sameBytes } from '../boxes/pairing/same-bytes.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';

const fileSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  salt: z.string(),
  /** scrypt, N=32768, r=8, p=1, 32 bytes. */
  hash: z.string(),
});

/** Who signs in at the box's pages: one name, one password. */
export interface Account {
  readonly name: string | undefined;
  /** Takes as long for a wrong name as for a wrong password. */
  check(name: string, password: string): Promise<boolean>;
  set(name: string, password: string): Promise<void>;
  forget(): Promise<void>;
}

export async function openAccount(path: string, log: Log): Promise<Account> {
  let kept = await readJson(path, fileSchema, log);
  const nobody = { name: '', salt: randomBytes(16).toString('base64url'), hash: randomBytes(32).toString('base64url') };
  return {
    get name() {
      return kept?.name;
    },
    async check(name, password) {
      const against = kept ?? nobody;
      const given = await derive(password, against.salt);
      const fits = sameBytes(given, Buffer.from(against.hash, 'base64url'));
      return kept !== undefined && fits && sameBytes(Buffer.from(name), Buffer.from(against.name));
    },
    async set(name, password) {
      const salt = randomBytes(16).toString('base64url');
      const next = { version: 1 as const, name, salt, hash: (await derive(password, salt)).toString('base64url') };
      await writeJson(path, next);
      kept = next;
    },
    async forget() {
      await rm(path, { force: true });
      kept = undefined;
    },
  };
}

/** What its file says of the hash. */
const cost = { N: 32_768, r: 8, p: 1 };
const derive = (password: string, salt: string): Promise<Buffer> => deriveKey(password, salt, cost);

/** The password it has now, where a new one is to be set. */
export const wrongPassword = (): ProblemError =>
  new ProblemError({
    code: 'password-wrong',
    title: 'The password is not right',
    detail: 'The account of this box has another one.',
    fix: 'Type the password it has now. If nobody knows it: `hearth box forget-account` at its console.',
    fields: { current: 'This is not the password it has now.' },
    kind: 'denied',
  });
