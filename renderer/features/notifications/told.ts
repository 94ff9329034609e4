import type { Notification } from '../../../main/contract/notifications.ts';

/** Where a click on it leads. Pure. */
export function placeOf({ object, event }: Notification): string | undefined {
  if (object?.kind === 'VirtualMachine' && object.namespace) return `/machines/${object.namespace}/${object.name}`;
  if (event === 'task-ended' || event === 'task-failed') return '/activity';
  if (event === 'target-lost' || event === 'certificate-ending') return '/targets';
  if (event === 'disk-nearly-full' || event === 'disk-filling') return '/images';
  if (event === 'memory-nearly-full') return '/machines';
  return undefined;
}

/** Those of a batch that were not told yet: a page that connects again gets the latest ones a second time. Pure. */
export function fresh(batch: readonly Notification[], told: ReadonlySet<string>, since: number): Notification[] {
  return batch.filter(({ id, at }) => !told.has(id) && Date.parse(at) >= since);
}
