import type { BackupKeep, BackupPlace, BackupPlaceRow, BackupPlan, BackupPoint } from '../../contract/backups.ts';
import { addPlaceSchema, backupPlaceSchema, keepSchema } from '../../contract/backups.ts';
import { UsageError } from '../command.ts';
import { scheduleOf } from '../schedule.ts';

/** `/folder` or `s3:https://server/bucket/folder`. Throws UsageError. Pure. */
export function placeOf(text: string, keyId: string | undefined): BackupPlace {
  const [, endpoint, bucket, folder = ''] = /^s3:(https?:\/\/[^/]+)\/([^/]+)(?:\/(.+?))?\/?$/.exec(text) ?? [];
  if (text.startsWith('s3:') && (endpoint === undefined || keyId === undefined))
    throw new UsageError('an S3 place is s3:https://SERVER/BUCKET[/FOLDER] with --key-id');
  if (!text.startsWith('s3:') && keyId !== undefined) throw new UsageError('--key-id is of an S3 place');
  const place =
    endpoint === undefined ? { type: 'folder', path: text } : { type: 's3', endpoint, bucket, folder, keyId };
  const read = backupPlaceSchema.safeParse(place);
  if (!read.success) throw new UsageError(`"${text}" is no place: ${read.error.issues[0]?.message ?? ''}`);
  return read.data;
}

/** Throws UsageError. Pure. */
export function keepOf(values: Record<keyof BackupKeep, string | undefined>): BackupKeep {
  const given = Object.entries(values).flatMap(([name, text]) => (text === undefined ? [] : [[name, /^\d+$/.test(text) ? Number(text) : text]])); // prettier-ignore
  // Whoever names one says how all are: the others count for nothing then.
  const rest = given.length > 0 ? { last: 0, daily: 0, weekly: 0, monthly: 0 } : {};
  const read = keepSchema.safeParse({ ...rest, ...Object.fromEntries(given) });
  if (!read.success) throw new UsageError(`this keeps nothing sensible: ${read.error.issues[0]?.message ?? ''}`);
  return read.data;
}

/** Throws UsageError. Pure. */
export const rhythmOf = (values: { hours?: string | undefined; daily?: string | undefined; weekly?: string | undefined }): BackupPlan['rhythm'] =>
  scheduleOf({ ...values, keep: '1' }).rhythm; // prettier-ignore

export function checkedPassword(text: string): string {
  const read = addPlaceSchema.shape.password.safeParse(text);
  if (!read.success) throw new UsageError(`the password is none: ${read.error.issues[0]?.message ?? ''}`);
  return read.data;
}

/** Finds a place by its name or the beginning of its id. Throws UsageError. Pure. */
export function placeNamed(places: readonly BackupPlaceRow[], name: string): BackupPlaceRow {
  const found = places.filter((each) => each.name === name || (name.length >= 4 && each.id.startsWith(name)));
  const [only] = found;
  if (found.length === 1 && only) return only;
  const known = places.map((each) => each.name).join(', ');
  throw new UsageError(found.length > 1 ? `several places are called ${name}: use its id` : `there is no place ${name}${known ? ` (there are: ${known})` : ''}`); // prettier-ignore
}

/** The point meant by an id, the beginning of one, or a machine (its latest, or the latest at or before `at`). Throws UsageError. Pure. */
export function pointNamed(points: readonly BackupPoint[], what: string, namespace: string, at: string | undefined): BackupPoint {
  const byId = points.filter(({ id }) => what.length >= 6 && id.startsWith(what));
  const [only] = byId;
  if (byId.length === 1 && only) return only;
  const limit = at === undefined ? Number.POSITIVE_INFINITY : Date.parse(at);
  if (Number.isNaN(limit)) throw new UsageError(`"${at}" is no time: give it as 2026-03-01T04:00:00Z`);
  const found = points.find((point) => point.kind === 'machine' && point.name === what && point.namespace === namespace && Date.parse(point.at) <= limit);
  if (found) return found;
  throw new UsageError(`there is no point of a machine ${what}${at === undefined ? '' : ` at or before ${at}`} at this place`);
} // prettier-ignore

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
/** One line. Pure. */
export const pointLine = (point: BackupPoint): string =>
  [point.id.slice(0, 8), point.at.slice(0, 19).replace('T', ' '), point.kind === 'settings' ? 'Hearth’s settings' : `${point.namespace}/${point.name}`, mib(point.size), `${mib(point.added)} new`, ...(point.byHand ? ['by hand'] : []), point.host].join('  '); // prettier-ignore

/** Pure. */
export function placeLine({ id, name, place, plan, next, last, taskId, targetName }: BackupPlaceRow): string {
  const where = place.type === 'folder' ? place.path : `s3:${place.endpoint}/${place.bucket}${place.folder ? `/${place.folder}` : ''}`; // prettier-ignore
  const failed = last?.failed.map((each) => `${each.name ? `${each.name}: ` : ''}${each.title}`).join('; ');
  return [
    `${name} (${id.slice(0, 8)}): ${where}`,
    plan ? `${plan.machines === 'all' ? 'all machines' : `${plan.machines.length} machines`} of ${targetName ?? plan.target}, next ${next ?? 'unknown'}` : 'no plan', // prettier-ignore
    ...(taskId === undefined ? [] : ['works now']),
    ...(last ? [failed ? `FAILED at ${last.endedAt}: ${failed}` : `last ${last.endedAt}, ${last.machines} machines, ${mib(last.added)} new`] : []), // prettier-ignore
  ].join('; ');
}
