import type { KubeObject } from '../kube/object.ts';

export interface ExportSpec {
  source: { apiGroup?: string | null; kind: string; name: string };
  tokenSecretRef?: string;
  ttlDuration?: string;
}
export const exportSpec = (object: Pick<KubeObject, 'spec'>): ExportSpec => object.spec as unknown as ExportSpec;

/** Forms in which a disk is handed out, by the name of its file. KubeVirt knows the first two. The last: not packed, and the same bytes for the same disk. */
export const files = {
  'disk.img': 'raw',
  'disk.img.gz': 'gzip',
  'disk.qcow2': 'qcow2',
  'disk.plain.qcow2': 'qcow2-plain',
} as const;
export type ExportFile = keyof typeof files;

/** Ours, on an export: a form that is to be made before the export is ready, so that how far it is can be told. */
export const prepareAnnotation = 'hearth.dev/prepare';
/** What an export asks to be made so. Pure. */
export function preparedForm({ metadata }: Pick<KubeObject, 'metadata'>): 'qcow2' | 'qcow2-plain' | undefined {
  const asked = metadata.annotations?.[prepareAnnotation];
  return asked === 'qcow2' || asked === 'qcow2-plain' ? asked : undefined;
}
/** Ours, written by the engine: how much of that is done, 0..1. */
export const progressAnnotation = 'hearth.dev/progress';

/** As in KubeVirt (pkg/storage/export/export): two hours. */
export const defaultTtl = 2 * 3_600_000;
