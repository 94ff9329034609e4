import type { KubeObject } from '../../contract/kube.ts';
import { bare, keptPart, restoredAnnotation, unusedAnnotation } from '../bin/kept.ts';
import { scheduleAnnotation, scheduleStateAnnotation } from '../snapshots/schedule/written.ts';
import { scheduleIn } from '../transfer/order.ts';
import { importAnnotation } from '../transfer/mark.ts';
import { madeAnnotation } from '../undo/objects.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { withoutAnySecret } from './secrets.ts';
import { leftOut } from './words.ts';

type Json = Record<string, unknown>;
/** Whose it is, among the people of one Hearth. */
export const ownerLabel = 'hearth.dev/owner';
/** What a server, a controller or Hearth's own work writes at an object: it tells of that one, not of what was asked for. */
const servers: ReadonlySet<string> = new Set([
  restoredAnnotation, unusedAnnotation, scheduleStateAnnotation, importAnnotation, madeAnnotation,
  'hearth.dev/identity', 'hearth.dev/faults', 'hearth.dev/checksum-verified', 'hearth.dev/progress', 'hearth.dev/firmware-state', 'hearth.dev/memory', 'hearth.dev/memory-missing',
  'hearth.dev/memory-size', 'hearth.dev/start-from-memory', 'hearth.dev/asked-at', 'hearth.dev/before-virtio', 'hearth.dev/real-size', 'hearth.dev/virtual-size', 'hearth.dev/resting',
  'kubevirt.io/latest-observed-api-version', 'kubevirt.io/storage-observed-api-version', 'deployment.kubernetes.io/revision',
  'cdi.kubevirt.io/storage.usePopulator', 'cdi.kubevirt.io/storage.prePopulated', 'cdi.kubevirt.io/createdForDataVolume', 'kubernetes.io/metadata.name',
  'cdi.kubevirt.io/storage.clone.token', 'cdi.kubevirt.io/storage.extended.clone.token', 'cdi.kubevirt.io/cloneType',
  ownerLabel, 'hearth.dev/installer-disc', 'hearth.dev/installer-ejected',
]); // prettier-ignore
const byServer = (key: string): boolean =>
  servers.has(key) || key.startsWith('hearth.dev/network-roll-back.') || key.startsWith('kubectl.kubernetes.io/');

/** Labels or annotations without those of servers; undefined where none is left. Pure. */
export const onlyAsked = (all: Record<string, string> | undefined): Record<string, string> | undefined => {
  const asked = Object.entries(all ?? {}).filter(([key]) => !byServer(key));
  return asked.length > 0 ? Object.fromEntries(asked) : undefined;
};

/** An object as it stands in a file: what was asked for, without what a server added and without secrets. Pure. */
export function declared(object: KubeObject): KubeObject {
  const { metadata, ...rest } = structuredClone(keptPart(bare(object)));
  const labels = onlyAsked(metadata.labels);
  const annotations = onlyAsked(metadata.annotations);
  const { name, namespace } = metadata;
  const result: KubeObject = {
    ...rest,
    metadata: {
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
  };
  withoutTimes(result);
  if (object.kind === 'Namespace') delete result.spec;
  if (object.kind === 'VirtualMachine') bareMachine(result);
  return withoutAnySecret(result);
}

/** Empty times that servers fill into templates. */
function withoutTimes(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if ('creationTimestamp' in value && value.creationTimestamp === null) delete value.creationTimestamp;
  for (const inner of Object.values(value)) withoutTimes(inner);
}

function bareMachine(vm: KubeObject): void {
  for (const key of ['instancetype', 'preference']) {
    const matcher = pick(vm, 'spec', key) as Json | undefined;
    // Names a copy of the type that was this machine's own.
    if (matcher?.['name'] !== undefined) delete matcher['revisionName'];
  }
  for (const each of pickList(vm, 'spec', 'dataVolumeTemplates')) {
    const metadata = each['metadata'] as KubeObject['metadata'] | undefined;
    if (metadata?.labels?.[ownerLabel] === undefined) continue;
    const { [ownerLabel]: _owner, ...labels } = metadata.labels;
    if (Object.keys(labels).length > 0) metadata.labels = labels;
    else delete metadata.labels;
  }
  const { annotations } = vm.metadata;
  const text = annotations?.[scheduleAnnotation];
  if (!annotations || text === undefined) return;
  // Which machine it means, and since when, is said when it is applied.
  const schedule = scheduleIn(text);
  if (schedule) annotations[scheduleAnnotation] = JSON.stringify({ rhythm: schedule.rhythm, keep: schedule.keep });
}

/** Paths at which something was left out, e.g. `spec.template.spec.volumes[cloudinit].cloudInitNoCloud.userData`. Pure. */
export function placesLeftOut(value: unknown, at = ''): string[] {
  if (value === leftOut) return [at];
  if (Array.isArray(value))
    return value.flatMap((inner, index) => placesLeftOut(inner, `${at}[${pickText(inner, 'name') ?? index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => placesLeftOut(inner, at === '' ? key : `${at}.${key}`));
}

/** The same object with what was left out as it is on the target; members of lists are found by their names. Pure. */
export function filledIn(config: unknown, live: unknown): unknown {
  if (config === leftOut) return typeof live === 'string' || isTexts(live) ? live : leftOut;
  if (Array.isArray(config)) {
    const there = Array.isArray(live) ? (live as unknown[]) : [];
    return config.map((inner: unknown, index) => {
      const name = pickText(inner, 'name');
      return filledIn(inner, name === undefined ? there[index] : there.find((each) => pickText(each, 'name') === name));
    });
  }
  if (typeof config !== 'object' || config === null) return config;
  return Object.fromEntries(
    Object.entries(config).map(([key, inner]) => [key, filledIn(inner, (live as Json | undefined)?.[key])]),
  );
}

/** A command line is left out as a whole list. */
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
