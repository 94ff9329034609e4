import { ProblemError } from '../../contract/problem.ts';
import { fetchText } from '../images/fetch-text.ts';
import { isPublicKey } from './login.ts';

const user = /^(gh|lp):([A-Za-z0-9][A-Za-z0-9._-]{0,99})$/;

/** The address where the keys of `gh:USER`, `lp:USER` or an https address are; undefined for anything else. Pure. */
export function keysAddress(from: string): string | undefined {
  const [, place, name] = user.exec(from) ?? [];
  if (place !== undefined && name !== undefined)
    return place === 'gh' ? `https://github.com/${name}.keys` : `https://launchpad.net/~${name}/+sshkeys`;
  return URL.canParse(from) && new URL(from).protocol === 'https:' ? from : undefined;
}

/** Public keys that someone publishes. Throws a Problem where the address is none, cannot be reached or holds no key. */
export async function importKeys(from: string, signal?: AbortSignal): Promise<{ keys: string[] }> {
  const address = keysAddress(from);
  if (address === undefined)
    throw new ProblemError({
      code: 'keys-address',
      title: 'No address of keys',
      detail: `"${from}" is neither gh:NAME (GitHub), lp:NAME (Launchpad) nor an https address.`,
      fix: 'Write for example gh:octocat.',
    });
  const text = await fetchText(address, signal);
  const keys = text.split('\n').map((line) => line.trim()).filter(isPublicKey); // prettier-ignore
  if (keys.length === 0)
    throw new ProblemError({
      code: 'keys-none',
      title: 'There is no public key there',
      detail: `${address} answers, but holds no SSH public key.`,
      fix: 'Check the name, or paste the key.',
    });
  return { keys: [...new Set(keys)].slice(0, 50) };
}
