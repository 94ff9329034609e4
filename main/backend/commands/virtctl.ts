import type { ApiPlace } from './path.ts';
import { quote } from './shell.ts';

const text = (body: unknown, ...path: string[]): string | undefined => {
  let at = body;
  for (const key of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? String(at) : undefined;
};
const force = (body: unknown): string[] => (text(body, 'gracePeriod') === '0' ? ['--force', '--grace-period=0'] : []);

/** What virtctl calls it, for the subresources that it has a command of; the flags are those of virtctl 1.9. */
const verbs: Record<string, (name: string, body: unknown) => string[] | undefined> = {
  'virtualmachines/start': (name, body) => ['start', name, ...(text(body, 'paused') === 'true' ? ['--paused'] : [])],
  'virtualmachines/stop': (name, body) => ['stop', name, ...force(body)],
  'virtualmachines/restart': (name, body) => [
    'restart', name,
    // For a restart virtctl takes the two together only.
    ...(text(body, 'gracePeriodSeconds') === '0' ? ['--force', '--grace-period=0'] : []),
  ], // prettier-ignore
  'virtualmachines/migrate': (name) => ['migrate', name],
  'virtualmachineinstances/pause': (name) => ['pause', 'vmi', name],
  'virtualmachineinstances/unpause': (name) => ['unpause', 'vmi', name],
  'virtualmachineinstances/reset': (name) => ['reset', name],
  'virtualmachineinstances/softreboot': (name) => ['soft-reboot', name],
  'virtualmachines/addvolume': (name, body) => volume('addvolume', name, body),
  'virtualmachineinstances/addvolume': (name, body) => volume('addvolume', name, body),
  'virtualmachines/removevolume': (name, body) => volume('removevolume', name, body),
  'virtualmachineinstances/removevolume': (name, body) => volume('removevolume', name, body),
};

/** virtctl names a volume after the claim it uses: a volume of another name has no such command. */
function volume(verb: string, machine: string, body: unknown): string[] | undefined {
  const name = text(body, 'name');
  const claim =
    text(body, 'volumeSource', 'dataVolume', 'name') ??
    text(body, 'volumeSource', 'persistentVolumeClaim', 'claimName');
  if (name === undefined || (verb === 'addvolume' && claim !== name)) return undefined;
  return [verb, machine, `--volume-name=${name}`];
}

/** The virtctl line of a KubeVirt subresource; undefined where virtctl has none that does exactly this. Pure. */
export function virtctlLine(place: ApiPlace, body: unknown): string | undefined {
  if (place.group !== 'subresources.kubevirt.io' || !place.name || !place.subresource) return undefined;
  const words = verbs[`${place.plural}/${place.subresource}`]?.(place.name, body);
  if (!words) return undefined;
  return ['virtctl', ...words, ...(place.namespace ? ['-n', place.namespace] : [])].map(quote).join(' ');
}
