import type { ApiPlace } from './path.ts';
import { quote } from './shell.ts';

const text = (body: unknown, ...path: string[]): string | undefined => {
  let at = body;
  for (const key of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? String(at) : undefined;
};
/** Switching off at once; virtctl has no other grace than the machine's own, and takes the two flags together only. */
const forced = (verb: string, name: string, seconds: string | undefined): string[] | undefined =>
  seconds === undefined ? [verb, name] : seconds === '0' ? [verb, name, '--force', '--grace-period=0'] : undefined;

/**
 * What virtctl calls it, for the subresources that it has a command of; the flags are those of virtctl 1.9 (kubevirt/kubevirt
 * pkg/virtctl). Not there: `addvolume`, which gives the disk a serial number that was not asked for, and a bus of its own.
 */
const verbs: Record<string, (name: string, body: unknown) => string[] | undefined> = {
  'virtualmachines/start': (name, body) => ['start', name, ...(text(body, 'paused') === 'true' ? ['--paused'] : [])],
  'virtualmachines/stop': (name, body) => forced('stop', name, text(body, 'gracePeriod')),
  'virtualmachines/restart': (name, body) => forced('restart', name, text(body, 'gracePeriodSeconds')),
  'virtualmachineinstances/pause': (name) => ['pause', 'vmi', name],
  'virtualmachineinstances/unpause': (name) => ['unpause', 'vmi', name],
  'virtualmachineinstances/reset': (name) => ['reset', name],
  'virtualmachineinstances/softreboot': (name) => ['soft-reboot', name],
};

/** The virtctl line of a KubeVirt subresource; undefined where virtctl has none that does exactly this. Pure. */
export function virtctlLine(place: ApiPlace, body: unknown): string | undefined {
  if (place.group !== 'subresources.kubevirt.io' || !place.name || !place.subresource) return undefined;
  const words = verbs[`${place.plural}/${place.subresource}`]?.(place.name, body);
  if (!words) return undefined;
  return ['virtctl', ...words, ...(place.namespace ? ['-n', place.namespace] : [])].map(quote).join(' ');
}
