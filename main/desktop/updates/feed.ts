import { createPublicKey, verify } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

/** `latest` is what everybody gets; `beta` has what comes next, and falls behind never: a release is in both. */
export const channels = ['latest', 'beta'] as const;
export type Channel = (typeof channels)[number];

/** One version as electron-updater reads it from a channel file; as much of it as is signed for. */
export interface UpdateInfo {
  readonly version: string;
  readonly files: readonly { readonly url: string; readonly sha512: string; readonly size?: number }[];
  /** Share of computers in percent that are offered it already. */
  readonly stagingPercentage?: number;
}

/** Name of a channel's file at the feed, as electron-updater builds it (Provider.getChannelFilePrefix). Pure. */
export function channelFile(channel: Channel, platform: NodeJS.Platform, arch: NodeJS.Architecture): string {
  const system =
    platform === 'linux' ? `-linux${arch === 'x64' ? '' : `-${arch}`}` : platform === 'darwin' ? '-mac' : '';
  return `${channel}${system}.yml`;
}

/** A feed or file of updates that must not be believed; `message` says why. */
export class NotSigned extends Error {
  override readonly name = 'NotSigned';
}

/** Name of the signed statement beside a channel file. */
export const statementFile = (channelFileName: string): string => `${channelFileName}.signed`;

/**
 * Checks a signed statement and returns what it says. Its first line is an Ed25519 signature in base64 of all that follows, which
 * is UpdateInfo as JSON. `keys`: public keys in PEM; one of them is enough, so that a key can be replaced by a release that knows
 * both. Throws NotSigned. Pure.
 */
export function signedInfo(text: string, keys: readonly string[]): UpdateInfo {
  const end = text.indexOf('\n');
  const mark = Buffer.from(text.slice(0, Math.max(end, 0)), 'base64');
  const statement = text.slice(end + 1);
  if (end < 0 || mark.length !== 64) throw new NotSigned('The list of updates has no signature.');
  if (!keys.some((pem) => verify(null, Buffer.from(statement), createPublicKey(pem), mark)))
    throw new NotSigned('The list of updates is not signed by the makers of this Hearth.');
  const info = JSON.parse(statement) as UpdateInfo;
  for (const { url, sha512 } of info.files)
    if (!/^[\w.+ -]+$/.test(url) || Buffer.from(sha512, 'base64').length !== 64)
      throw new NotSigned('The list of updates names a file without its checksum, or somewhere else.');
  return info;
}

/** Throws NotSigned where what the updater read is not what was signed. Pure. */
export function sameAsSigned(read: UpdateInfo, signed: UpdateInfo): void {
  const part = ({ version, files, stagingPercentage }: UpdateInfo): object => ({
    version,
    stagingPercentage: stagingPercentage ?? 100,
    files: files.map(({ url, sha512, size }) => ({ url, sha512, size })),
  });
  if (!isDeepStrictEqual(part(read), part(signed)))
    throw new NotSigned('The server gave two different lists of updates.');
}
