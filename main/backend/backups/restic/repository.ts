import type { BackupPlace } from '../../../contract/backups.ts';
import { plainEnvironment } from '../../process.ts';

/** A place as restic is told of it. `passwordFile`: mode 0600. Secrets stand in the environment, never on a command line. */
export interface Repository {
  readonly place: BackupPlace;
  readonly passwordFile: string;
  readonly secretKey?: string;
  /** What is read again and again: indexes and trees. */
  readonly cache: string;
}

/** How restic names a place. Pure. */
export function addressOf(place: BackupPlace): string {
  if (place.type === 'folder') return place.path;
  return `s3:${place.endpoint.replace(/\/$/, '')}/${place.bucket}${place.folder ? `/${place.folder}` : ''}`;
}

/** The environment of restic: nothing of it that this process was given by chance, and nobody's keys but the place's. Pure. */
export function environmentOf(
  { place, passwordFile, secretKey, cache }: Repository,
  env: NodeJS.ProcessEnv = plainEnvironment(),
): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(RESTIC|AWS)_/.test(name));
  return {
    ...Object.fromEntries(kept),
    RESTIC_REPOSITORY: addressOf(place),
    RESTIC_PASSWORD_FILE: passwordFile,
    RESTIC_CACHE_DIR: cache,
    // Progress on a pipe, once a second.
    RESTIC_PROGRESS_FPS: '1',
    ...(place.type === 's3' && { AWS_ACCESS_KEY_ID: place.keyId, AWS_SECRET_ACCESS_KEY: secretKey ?? '' }),
  };
}

/** A tag of restic may hold anything but a comma. */
export const tagArguments = (tags: readonly string[]): string[] =>
  tags.flatMap((tag) => ['--tag', tag.replaceAll(',', ' ')]);
