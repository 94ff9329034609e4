import { t } from './text.ts';

interface Key {
  name: string;
  key: string;
}
const kinds =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+={0,3}( .*)?$/;

/** What is wrong with a pasted key, if anything. */
export function keyProblem(text: string, known: readonly Key[]): string | undefined {
  const key = text.trim();
  if (key.includes('PRIVATE KEY')) return t('keys.private');
  if (!kinds.test(key)) return t('keys.wrong');
  const body = key.split(' ')[1];
  return known.some((each) => each.key.split(' ')[1] === body) ? t('keys.twice') : undefined;
}

/** The comment of a key, which is usually its owner. */
export const keyName = (text: string): string => text.trim().split(/\s+/).slice(2).join(' ').slice(0, 100);
