import type { BackupPlace } from '../../../contract/backups.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { addressOf } from './repository.ts';

type Said = { code: string; title: string; cause?: string; fix: string };
const isFolder = (place: BackupPlace): boolean => place.type === 'folder';

/** What restic says of known troubles. The order counts: what is told first may be the cause of what is told later. */
const known: readonly [says: RegExp, problem: (place: BackupPlace) => Said][] = [
  [/wrong password or no key found/i, () => ({
    code: 'backup-wrong-password', title: 'This is not the password of the backups',
    fix: 'Type the password that was chosen when the place was made. Nobody can read the backups without it.',
  })],
  [/no space left on device|disk quota exceeded|XMinioStorageFull|QuotaExceeded|EntityTooLarge/i, () => ({
    code: 'backup-place-full', title: 'The place for backups is full',
    fix: 'Make room there, or remove old points on the page Backups. What was begun is taken away by the next backup; points that are there stay good.',
  })],
  [/already locked|unable to create lock/i, () => ({
    code: 'backup-place-locked', title: 'Another program works on these backups',
    cause: 'Another Hearth or restic uses this place now, or was cut off while it did.',
    fix: 'Wait until it is done. Where you are sure that none works there any more, unlock the place (page Backups, or hearth backups unlock).',
  })],
  [/InvalidAccessKeyId|Access Key Id you provided|SignatureDoesNotMatch|signature we calculated|Access ?Denied|AuthorizationHeaderMalformed|403 Forbidden/i, () => ({
    code: 'backup-place-refused', title: 'The server does not let Hearth in',
    fix: 'Check the key id and the secret key, and that they may read, write and delete in this bucket.',
  })],
  [/specified bucket does not exist|NoSuchBucket|Bucket name cannot/i, () => ({
    code: 'backup-no-bucket', title: 'There is no such bucket',
    fix: 'Make the bucket on the server, or check its name.',
  })],
  [/permission denied|operation not permitted|read-only file system/i, (place) => ({
    code: 'backup-place-refused', title: 'The place for backups cannot be written',
    cause: isFolder(place) ? 'The folder belongs to somebody else, or is mounted for reading only.' : 'The key may not write there.',
    fix: 'Let the user that Hearth runs as write there.',
  })],
  [/stale (NFS )?file handle|input\/output error|transport endpoint|host is down/i, () => ({
    code: 'backup-place-away', title: 'The place for backups does not answer',
    cause: 'The NAS is off, or its network is.', fix: 'See that it runs and is mounted, then try again.',
  })],
  [/connection refused|no such host|i\/o timeout|no route to host|network is unreachable|connection reset|TLS handshake|x509|certificate|server gave HTTP response/i, () => ({
    code: 'backup-place-away', title: 'The place for backups does not answer',
    cause: 'The server is off, its address is another one, or its certificate is not known here.', fix: 'Check the address and that the server runs, then try again.',
  })],
  [/ciphertext verification failed|invalid data|repository contains errors|pack .* (does not|not found)|hash mismatch|unexpected EOF|invalid blob|load <(index|snapshot|data)|not restorable|id .* not found in (repository|index)|Load\(<data/i, () => ({
    code: 'backup-damaged', title: 'Backups at this place are damaged',
    cause: 'Files of the repository were changed, lost or cut off.',
    fix: 'Check the place with all its data (page Backups, Check). Points that are whole can still be restored; begin a new place for what comes.',
  })],
  [/Is there a repository at the following location|unable to open config file|(config|repository).*does not exist/i, (place) => ({
    code: 'backup-place-empty', title: 'There are no backups at this place',
    cause: isFolder(place) ? 'The folder is another one, the disk is not attached, or the NAS is not mounted.' : 'The bucket or its folder is another one.',
    fix: isFolder(place) ? 'Attach or mount it, or check the path.' : 'Check the bucket and the folder.',
  })],
  [/no matching ID found|no snapshot found|snapshot .* not found/i, () => ({
    code: 'backup-point-gone', title: 'This point is not there any more',
    fix: 'Load the list anew. Another Hearth, or a schedule, may have removed it.',
  })],
]; // prettier-ignore

/** The last lines that tell something; progress and noise are left out. Pure. */
export const linesOf = (stderr: string): string[] =>
  stderr
    .split('\n')
    .map((line) => line.trimEnd().slice(0, 400))
    .filter((line) => line !== '' && !line.startsWith('{'))
    .slice(-6);

/** What restic's failure means. `doing`: "list the backups". Pure. */
export function resticProblem(place: BackupPlace, doing: string, stderr: string, code: number | null): ProblemError {
  const lines = linesOf(stderr);
  const found = known.find(([says]) => says.test(stderr))?.[1](place);
  const detail = `${addressOf(place)}: ${lines.find((line) => /fatal|error|unable|Stat:/i.test(line)) ?? lines.at(-1) ?? `restic ended with code ${code ?? 'none'}`}`;
  const common = { detail, command: `restic ${doing}`, ...(lines.length > 0 && { output: lines }) };
  if (found) return new ProblemError({ ...found, ...common });
  return new ProblemError({
    code: 'backup-failed',
    title: `restic could not do it (${doing})`,
    ...common,
    fix: 'Its own words are below. Try again; where it stays so, check the place.',
  });
}

/** Nothing was heard for too long. Pure. */
export const silent = (place: BackupPlace, doing: string, seconds: number): ProblemError =>
  new ProblemError({
    code: 'backup-place-away',
    title: 'The place for backups does not answer',
    detail: `${addressOf(place)} did not answer for ${seconds} seconds.`,
    cause: 'The NAS or server is off, or its network is.',
    fix: 'See that it runs and can be reached, then try again.',
    command: `restic ${doing}`,
  });

export const isProblem = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof ProblemError && codes.includes(error.problem.code);
