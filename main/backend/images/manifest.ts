import type { CatalogueEntry } from '../../contract/image.ts';
import type { SystemGuess } from '../../contract/image-system.ts';
import type { DiskInside } from '../../contract/inside.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { bytesQuantity } from '../target/quantity.ts';
import { insideMarks } from './inside.ts';

/** Where the library lives on every target. */
export const imageNamespace = 'hearth-images';
export const imageLabel = 'hearth.dev/image';
export const preferenceLabel = 'instancetype.kubevirt.io/default-preference';

/** Where an image's bytes come from. */
export type ImageSource =
  | { type: 'http'; url: string; checksum?: string; mirrors?: readonly string[] }
  | { type: 'path'; path: string; mode: 'in-place' | 'copy' }
  | { type: 'upload' };

export interface ImageSpec {
  name: string;
  displayName: string;
  /** Shown as "where from": an address, a file name, "built here". */
  origin: string;
  source: ImageSource;
  kind: 'disk' | 'iso';
  /** Bytes the guest will see, where it is known before. */
  virtualSize?: number;
  format?: string;
  preference?: string;
  defaultUser?: string;
  minMemory?: number;
  cloudInit?: boolean;
  catalogueId?: string;
  /** What was recognised: it says the rest where that is not stated. */
  system?: SystemGuess | undefined;
  /** What was found on the disk. */
  inside?: DiskInside | undefined;
}

/** Asked for where nothing is known: an image of the library keeps its own size, the request only must not be too small. */
const unknownSize = 32 * 1024 ** 3;
const gib = 1024 ** 3;

/** An image as the DataVolume it is. Pure. */
export function imageObject(spec: ImageSpec): KubeObject {
  const { source } = spec;
  const checksum = source.type === 'http' ? source.checksum : undefined;
  const annotations: Record<string, string | undefined> = {
    'cdi.kubevirt.io/storage.bind.immediate.requested': 'true',
    'hearth.dev/display-name': spec.displayName,
    'hearth.dev/source': spec.origin,
    'hearth.dev/kind': spec.kind,
    'hearth.dev/format': spec.format,
    'hearth.dev/default-user': spec.defaultUser,
    'hearth.dev/min-memory': spec.minMemory === undefined ? undefined : String(spec.minMemory),
    ...(spec.system && systemMarks(spec.system).annotations),
    'hearth.dev/cloud-init': String(spec.cloudInit ?? spec.kind === 'disk'),
    ...(spec.inside && insideMarks(spec.inside)),
    'hearth.dev/catalogue-id': spec.catalogueId,
    'hearth.dev/checksum': checksum,
    'hearth.dev/checksum-verified': 'false',
    ...(source.type === 'http' && source.mirrors?.length
      ? { 'hearth.dev/mirrors': JSON.stringify(source.mirrors) }
      : {}),
    ...(source.type === 'path'
      ? { 'hearth.dev/import-from-path': source.path, 'hearth.dev/import-mode': source.mode }
      : {}),
  };
  const size = Math.ceil((spec.virtualSize ?? unknownSize) / gib) * gib;
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      name: spec.name,
      namespace: imageNamespace,
      labels: {
        [imageLabel]: 'true',
        ...(spec.system && systemMarks(spec.system).labels),
        ...(spec.preference && { [preferenceLabel]: spec.preference }),
      },
      annotations: Object.fromEntries(
        Object.entries(annotations).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
    },
    spec: {
      source: source.type === 'http' ? { http: { url: source.url, ...(checksum && { checksum }) } } : { upload: {} },
      storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: bytesQuantity(size) } } },
    },
  };
}

/** What a catalogue entry becomes. Pure. */
export const specOfEntry = (entry: CatalogueEntry, source: ImageSource): ImageSpec => ({
  name: entry.id,
  displayName: `${entry.name}${entry.kind !== 'cloud' || entry.name.includes(entry.version) ? '' : ` (${entry.version})`}`,
  origin: entry.url ?? 'built here',
  source,
  kind: entry.format === 'iso' ? 'iso' : 'disk',
  virtualSize: entry.virtualSize,
  format: entry.format,
  preference: entry.preference,
  minMemory: entry.minMemory,
  cloudInit: entry.cloudInit,
  catalogueId: entry.id,
  ...(entry.defaultUser && { defaultUser: entry.defaultUser }),
});

/** `iso` where the name of the file says so; what the target finds in the file counts in the end. */
export const kindOfName = (fileName: string): 'disk' | 'iso' => (/\.iso$/i.test(fileName) ? 'iso' : 'disk');

/** What an image's object says of its system. Pure. */
export const systemMarks = (
  system: SystemGuess,
): { labels: Record<string, string>; annotations: Record<string, string> } => ({
  labels: { [preferenceLabel]: system.preference },
  annotations: {
    'hearth.dev/system': JSON.stringify({
      id: system.id,
      name: system.name,
      from: system.from,
      evidence: system.evidence,
    }),
    'hearth.dev/min-memory': String(system.minMemory),
    'hearth.dev/disk-size': String(system.diskSize),
  },
});

export const notInLibrary = (namespace: string, name: string): ProblemError =>
  new ProblemError({
    code: 'not-an-image',
    title: 'This is no image of the library',
    detail: `${namespace}/${name} is not in ${imageNamespace}.`,
    kind: 'denied',
  });
