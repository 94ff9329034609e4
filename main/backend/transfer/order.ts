import type { RestorePoint } from '../../contract/backups.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { organiseKeys } from '../../contract/organise-rules.ts';
import { scheduleSchema } from '../../contract/snapshot-schedule.ts';
import type { Schedule } from '../../contract/snapshot-schedule.ts';
import { reservationPrefix } from '../networks/nics.ts';
import { scheduleAnnotation } from '../snapshots/schedule/written.ts';
import { kinds } from '../target/kinds.ts';
import { pick } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';

/** What stands at a machine beside its manifest: texts of its annotations, and of its template's. */
export interface Order {
  /** Folder, notes, order of start, schedule of snapshots. */
  organised: Record<string, string>;
  /** Reserved addresses. */
  reserved: Record<string, string>;
}

const kept: readonly string[] = [...Object.values(organiseKeys), scheduleAnnotation];
const texts = (value: unknown, wanted: (key: string) => boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries((value ?? {}) as Record<string, unknown>).filter(
      (entry): entry is [string, string] => wanted(entry[0]) && typeof entry[1] === 'string',
    ),
  );

/** How a machine is put in order, and the addresses that are its own. Pure. */
export const orderOf = (vm: KubeObject): Order => ({
  organised: texts(vm.metadata.annotations, (key) => kept.includes(key)),
  reserved: texts(pick(vm, 'spec', 'template', 'metadata', 'annotations'), (key) => key.startsWith(reservationPrefix)),
});

/** Folder, notes, order of start and schedule; reserved addresses where it is the same machine again. */
export async function putInOrder(
  { client }: OpenTarget,
  vm: KubeObject,
  point: Order,
  { namespace, name, identity }: Pick<RestorePoint, 'namespace' | 'name' | 'identity'>,
): Promise<void> {
  const annotations: Record<string, string> = { ...point.organised };
  const text = annotations[scheduleAnnotation];
  delete annotations[scheduleAnnotation];
  const schedule = identity === 'same' && text !== undefined ? scheduleIn(text) : undefined;
  // What stood there names the machine that was: this one is meant now, from now on.
  if (schedule) annotations[scheduleAnnotation] = JSON.stringify({ ...schedule, uid: vm.metadata.uid, since: new Date().toISOString() }); // prettier-ignore
  const reserved = identity === 'same' ? point.reserved : {};
  await client.patch(kinds.virtualMachines, { namespace, name }, {
    metadata: { annotations },
    ...(Object.keys(reserved).length > 0 && { spec: { template: { metadata: { annotations: reserved } } } }),
  }); // prettier-ignore
}

/** Undefined for what is no schedule. Pure. */
export function scheduleIn(text: string): Schedule | undefined {
  try {
    return scheduleSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // somebody else wrote it
  }
}
