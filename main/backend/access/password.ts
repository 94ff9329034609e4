import { randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';
import { longestPassword, shortestPassword } from '../../contract/roles.ts';
import { ProblemError } from '../../contract/problem.ts';
import { sameBytes } from '../boxes/pairing/same-bytes.ts';
import { worstPasswords } from './worst-passwords.ts';

/** Parameters of scrypt (RFC 7914). */
export interface Cost {
  N: number;
  r: number;
  p: number;
}
/** 32 MiB and some tenths of a second each: what OWASP's cheat sheet on password storage asks for. */
export const usualCost: Cost = { N: 32_768, r: 8, p: 3 };

export const storedPasswordSchema = z.object({
  kdf: z.literal('scrypt'),
  N: z.number().int().min(2).max(1_048_576),
  r: z.number().int().min(1).max(64),
  p: z.number().int().min(1).max(64),
  salt: z.string().min(20),
  hash: z.string().min(40),
});
/** What is kept of a password. */
export type StoredPassword = z.infer<typeof storedPasswordSchema>;

export async function storePassword(password: string, cost: Cost): Promise<StoredPassword> {
  const salt = randomBytes(16).toString('base64url');
  return { kdf: 'scrypt', ...cost, salt, hash: (await deriveKey(password, salt, cost)).toString('base64url') };
}
export async function passwordFits(password: string, stored: StoredPassword): Promise<boolean> {
  return sameBytes(await deriveKey(password, stored.salt, stored), Buffer.from(stored.hash, 'base64url'));
}
/** What nobody's password fits, and takes as long to find out. */
export const nobodysPassword = (cost: Cost): StoredPassword => ({
  kdf: 'scrypt',
  ...cost,
  salt: randomBytes(16).toString('base64url'),
  hash: randomBytes(32).toString('base64url'),
});

/** 32 bytes. */
export const deriveKey = (password: string, salt: string, { N, r, p }: Cost): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(
      password.normalize('NFC'),
      Buffer.from(salt, 'base64url'),
      32,
      { N, r, p, maxmem: 256 * N * r + 1024 * 1024 },
      (error, key) => (error ? reject(error) : resolve(key)),
    ),
  );

/** Refuses what would be guessed first. Throws `password-weak`. */
export function refuseWeak(password: string, name: string): void {
  const why = weakness(password, name);
  if (why === undefined) return;
  throw new ProblemError({
    code: 'password-weak',
    title: 'This password would be guessed',
    detail: why,
    fix: `Take at least ${shortestPassword} characters that nobody would think of first, such as four words that have nothing to do with each other.`,
    fields: { password: why },
    kind: 'denied',
  });
}

/** Why a password is too weak; undefined when it is not. Pure. */
export function weakness(password: string, name: string): string | undefined {
  const letters = [...password];
  if (letters.length < shortestPassword) return `It has fewer than ${shortestPassword} characters.`;
  if (letters.length > longestPassword) return `It has more than ${longestPassword} characters.`;
  const plain = password.toLowerCase();
  // "Password123!" is "password" to whoever guesses.
  const core = plain.replace(/[\d\p{P}\p{S}]+$/u, '').replace(/^[\d\p{P}\p{S}]+/u, '');
  if ([plain, core, unleet(plain), unleet(core)].some((each) => worstPasswords.has(each)))
    return 'It is among those that are tried first.';
  if (new Set(plain).size < 4) return 'It has hardly any different characters.';
  if (isRow(plain)) return 'It is a row of the alphabet or of the keyboard.';
  const who = name.toLowerCase();
  if (who.length > 2 && plain.replaceAll(who, '').length < 5) return 'It is little more than the name.';
  return undefined;
}

const unleet = (text: string): string =>
  text.replaceAll(/[@4]/g, 'a').replaceAll('0', 'o').replaceAll('3', 'e').replaceAll(/[$5]/g, 's').replaceAll(/[1!]/g, 'i'); // prettier-ignore
const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertzuiop', 'yxcvbnm', 'azertyuiop']; // prettier-ignore
/** Whether it is nothing but pieces of rows, there or back, of five or more. */
function isRow(text: string): boolean {
  let rest = text;
  while (rest.length > 0) {
    const piece = longestPiece(rest);
    if (piece < 5) return rest !== text && rest.length < 3;
    rest = rest.slice(piece);
  }
  return true;
}
function longestPiece(text: string): number {
  const all = [...rows, ...rows.map((row) => [...row].toReversed().join(''))];
  let longest = 0;
  for (let length = 1; length <= text.length; length += 1)
    if (all.some((row) => row.includes(text.slice(0, length)))) longest = length;
  return longest;
}
