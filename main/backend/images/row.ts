import { z } from 'zod';
import type { ImageRow } from '../../contract/image.ts';
import { diskInsideSchema } from '../../contract/inside.ts';
import { systemFromSchema } from '../../contract/image-system.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { quantity } from '../target/quantity.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { imageNamespace, preferenceLabel } from './manifest.ts';

/** How a DataVolume stands, in the library's words. */
export interface ImageStatus {
  state: ImageRow['state'];
  /** 0..1 */
  progress?: number;
  /** Why it failed, or why it is not going on. */
  problem?: string;
}

/** Phase, progress and the condition Running of a DataVolume, as CDI and our engine write them. Pure. */
export function imageStatus(volume: KubeObject, working: boolean): ImageStatus {
  const phase = pickText(volume, 'status', 'phase') ?? 'Pending';
  const running = pickList(volume, 'status', 'conditions').find((condition) => condition['type'] === 'Running');
  const message = pickText(running, 'message');
  if (phase === 'Succeeded') return { state: 'ready' };
  if (phase === 'Failed')
    return { state: 'failed', problem: message ?? 'The import failed; the target gives no reason.' };
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(pickText(volume, 'status', 'progress') ?? '')?.[1];
  const progress = percent === undefined ? {} : { progress: Math.min(1, Number(percent) / 100) };
  // CDI tries again for ever and keeps the last failure in this condition.
  const trouble = pickText(running, 'reason') === 'Error' && message ? { problem: message } : {};
  const byUpload =
    pick(volume, 'spec', 'source', 'upload') !== undefined &&
    annotation(volume, 'import-from-path') === undefined &&
    ['Pending', 'PVCBound', 'UploadScheduled', 'UploadReady'].includes(phase);
  return { state: byUpload && !working ? 'waiting' : 'importing', ...progress, ...trouble };
}

export const annotation = (object: KubeObject, name: string): string | undefined =>
  object.metadata.annotations?.[`hearth.dev/${name}`];

const optional = <K extends string, T>(name: K, value: T | undefined): Partial<Record<K, T>> =>
  value === undefined ? {} : ({ [name]: value } as Record<K, T>);

const systemSchema = z.object({ id: z.string(), name: z.string(), from: systemFromSchema, evidence: z.string() });

/** Anybody who may write to the target can write the annotation: what is not ours counts as nothing. */
function read<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** One row of the library. `working`: a task of ours works on it; `usedBy`: machines, as namespace/name. Pure. */
export function imageRow(volume: KubeObject, options: { working: boolean; usedBy: readonly string[] }): ImageRow {
  const { metadata } = volume;
  const format = annotation(volume, 'format');
  const preference = metadata.labels?.[preferenceLabel];
  const system = read(systemSchema, annotation(volume, 'system'));
  return {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? imageNamespace,
    name: metadata.name ?? '',
    displayName: annotation(volume, 'display-name') ?? metadata.name ?? '',
    ...imageStatus(volume, options.working),
    kind: format === 'iso' || annotation(volume, 'kind') === 'iso' ? 'iso' : 'disk',
    source: annotation(volume, 'source') ?? pickText(volume, 'spec', 'source', 'http', 'url') ?? 'made elsewhere',
    checksumVerified: annotation(volume, 'checksum-verified') === 'true',
    usedBy: [...options.usedBy].sort(),
    cloudInit: annotation(volume, 'cloud-init') === 'true',
    createdAt: metadata.creationTimestamp ?? '',
    ...optional('format', format),
    ...optional('realSize', quantity(annotation(volume, 'real-size'))),
    ...optional('virtualSize', quantity(annotation(volume, 'virtual-size'))),
    ...optional('checksum', annotation(volume, 'checksum')),
    ...optional('os', system?.name ?? preference),
    ...optional('system', system),
    ...optional('inside', read(diskInsideSchema, annotation(volume, 'inside'))),
    ...optional('diskSize', quantity(annotation(volume, 'disk-size'))),
    ...optional('preference', preference),
    ...optional('defaultUser', annotation(volume, 'default-user')),
    ...optional('minMemory', quantity(annotation(volume, 'min-memory'))),
    ...optional('catalogueId', annotation(volume, 'catalogue-id')),
  };
}

/** A DataSource as a row of the library. Pure. */
export function goldenRow(source: KubeObject): ImageRow {
  const { metadata } = source;
  const ready = pickList(source, 'status', 'conditions').find((each) => each['type'] === 'Ready');
  const preference = metadata.labels?.[preferenceLabel];
  const cron = metadata.labels?.['cdi.kubevirt.io/dataImportCron'];
  const message = pickText(ready, 'message');
  const missing = ready !== undefined && ready['status'] !== 'True';
  return {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    displayName: metadata.annotations?.['hearth.dev/display-name'] ?? metadata.name ?? '',
    // One without a condition was never looked at by CDI: it cannot be used, either.
    state: ready?.['status'] === 'True' ? 'ready' : missing ? 'failed' : 'importing',
    ...(missing && { problem: message ?? 'The target has no disk for it yet.' }),
    kind: 'disk',
    source: cron ? `kept at the newest version by ${cron}` : `golden image in ${metadata.namespace}`,
    checksumVerified: false,
    usedBy: [],
    cloudInit: true,
    golden: true,
    createdAt: metadata.creationTimestamp ?? '',
    ...optional('os', preference),
    ...optional('preference', preference),
  };
}
