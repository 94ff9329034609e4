import { hostname, networkInterfaces } from 'node:os';
import type { Problem } from '../../contract/problem.ts';
import { ProblemError } from '../../contract/problem.ts';
import { makeKeyPair } from '../boxes/pairing/certificate.ts';
import type { KeyPair } from '../boxes/pairing/certificate.ts';
import { openKeyPair } from '../boxes/pairing/kept-key-pair.ts';
import type { AccessPlaces } from './places.ts';

/** The certificate that browsers of other computers see, made at the first start. Throws `lan-certificate-damaged`. */
export async function openCertificate(places: AccessPlaces, names: readonly string[]): Promise<KeyPair> {
  const opened = await openKeyPair(places, () => makeKeyPair('Hearth', [...new Set([...hostNames(), ...names])]), damaged); // prettier-ignore
  if ('problem' in opened) throw new ProblemError(opened.problem);
  return opened.pair;
}

function hostNames(): string[] {
  const name = hostname().toLowerCase();
  const plain = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name) ? [name, `${name.replace(/\.local$/, '')}.local`] : [];
  return ['localhost', '127.0.0.1', ...plain, ...lanAddresses()];
}
/** Addresses at which other computers may reach this one, IPv4 first; without those that end with a boot or a card. */
export function lanAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = all.filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/i.test(address));
  return [...outside]
    .sort((a, b) => Number(a.family === 'IPv6') - Number(b.family === 'IPv6'))
    .map(({ address }) => address);
}

const damaged = (path: string, error: unknown): Problem => ({
  code: 'lan-certificate-damaged',
  title: 'The certificate of this Hearth cannot be read',
  detail: `${path}: ${error instanceof Error ? error.message : String(error)}`,
  cause: 'The disk lost a file, or somebody changed it.',
  fix: 'Put the files back from a backup. Or remove hearth.key and hearth.cert there: another certificate is made, and browsers ask again whether to trust it.',
  kind: 'failed',
});
