import { createHash, randomInt } from 'node:crypto';

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const sha512 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
/** `length` bytes of `block` said again and again. */
const repeated = (block: Uint8Array, length: number): Buffer => Buffer.alloc(length, block);

/** A salt of 16 characters. */
export const newSalt = (): string => Array.from({ length: 16 }, () => alphabet[randomInt(64)]).join('');

/**
 * sha512crypt, the `$6$` hashes of /etc/shadow, by Ulrich Drepper's specification ("Unix crypt using SHA-256 and SHA-512");
 * tested with the vectors that stand in it. `rounds` is held between 1000 and 999999999 as there. Pure.
 */
export function sha512crypt(password: string, salt: string, rounds?: number): string {
  const key = Buffer.from(password, 'utf8');
  const grain = Buffer.from(salt, 'utf8').subarray(0, 16);
  const count = Math.min(999_999_999, Math.max(1000, rounds ?? 5000));
  const b = sha512(key, grain, key);
  const turns: Buffer[] = [];
  for (let n = key.length; n > 0; n >>= 1) turns.push(n & 1 ? b : key);
  const a = sha512(key, grain, repeated(b, key.length), ...turns);
  const p = repeated(sha512(...Array.from({ length: key.length }, () => key)), key.length);
  const s = repeated(sha512(...Array.from({ length: 16 + (a[0] ?? 0) }, () => grain)), grain.length);
  let c: Uint8Array = a;
  for (let round = 0; round < count; round += 1)
    c = sha512(round % 2 ? p : c, ...(round % 3 ? [s] : []), ...(round % 7 ? [p] : []), round % 2 ? c : p);
  const named = rounds === undefined ? '' : `rounds=${count}$`;
  return `$6$${named}${grain.toString('utf8')}$${encode(c)}`;
}

/** Bytes of the digest in the order that the specification gives, six bits a character. */
function encode(digest: Uint8Array): string {
  let text = '';
  const put = (bits: number, characters: number): void => {
    for (let n = 0, rest = bits; n < characters; n += 1, rest >>= 6) text += alphabet[rest & 63];
  };
  let [x, y, z] = [0, 21, 42];
  for (let n = 0; n < 21; n += 1) {
    put(((digest[x] ?? 0) << 16) | ((digest[y] ?? 0) << 8) | (digest[z] ?? 0), 4);
    [x, y, z] = [y + 1, z + 1, x + 1];
  }
  put(digest[63] ?? 0, 2);
  return text;
}

/** Whether a text is a password hash that cloud-init takes as one (cc_set_passwords.py). Pure. */
export const isHash = (text: string): boolean => /^\$(1|2a|2b|2y|5|6|7|y)\$.+/.test(text);

/** A password as it may stand in user data. */
export const hashPassword = (password: string): string => sha512crypt(password, newSalt());
