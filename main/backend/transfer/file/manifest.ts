import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import type { KubeObject } from '../../../contract/kube.ts';
import { damaged } from './tar.ts';

export const manifestName = 'manifest.yaml';
export const indexName = 'index.json';
/** A manifest of ours has a few kilobytes; cloud-init data may be a megabyte. */
export const largestManifest = 4 * 1024 * 1024;
const largestDisk = 64 * 1024 ** 4;

const dnsName = z.string().max(253).regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/); // prettier-ignore
const texts = z.record(z.string().max(400), z.string().max(100_000));
const machineSchema = z
  .object({
    apiVersion: z.literal('kubevirt.io/v1'),
    kind: z.literal('VirtualMachine'),
    metadata: z.object({ name: dnsName, labels: texts.optional(), annotations: texts.optional() }).strict(),
    spec: z.record(z.string(), z.unknown()),
  })
  .strict();
const diskSchema = z
  .object({
    /** The machine's volume. */
    volume: dnsName,
    file: z.string().regex(/^disks\/[a-z0-9][a-z0-9.-]{0,80}$/),
    format: z.enum(['qcow2', 'gzip']),
    /** Bytes the claim asked for. */
    size: z.number().int().positive().max(largestDisk),
  })
  .strict();
export const manifestSchema = z
  .object({
    format: z.literal('hearth-vm'),
    version: z.literal(1),
    made: z.iso.datetime(),
    by: z.string().max(100),
    machine: machineSchema,
    /** The machine with its instance type and preference worked in, for targets that do not have them. */
    expanded: machineSchema.optional(),
    disks: z.array(diskSchema).max(32),
    secrets: z
      .array(z.object({ name: dnsName, type: z.string().max(253).optional(), data: texts }).strict())
      .max(16)
      .default([]),
    /** What the machine kept in a TPM and in UEFI variables: a Secret's data, for a target that knows what to do with it. */
    firmware: z.record(z.string().regex(/^[a-z0-9.-]{1,60}$/), z.base64().max(3_000_000)).optional(),
  })
  .strict();
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestDisk = Manifest['disks'][number];
/** What a disk to be imported comes as; `blank`: it is made empty. Machine files of ours hold the first two alone, backups `raw`. */
export type DiskFormat = ManifestDisk['format'] | 'vmdk' | 'blank' | 'raw';
export type ImportManifest = Omit<Manifest, 'disks'> & {
  disks: (Omit<ManifestDisk, 'format'> & { format: DiskFormat })[];
};

const indexSchema = z
  .object({
    files: z
      .array(z.object({ name: z.string().max(200), size: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }).strict())
      .max(64),
  })
  .strict(); // prettier-ignore
/** Sizes and SHA-256 of all files before it: written last, so that a file without it is not whole. */
export type Index = z.infer<typeof indexSchema>;

export const manifestText = (manifest: Manifest): string =>
  stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false });
export const indexText = (index: Index): string => `${JSON.stringify(index, undefined, 2)}\n`;

/** Throws ProblemError with what is wrong. Pure. */
export function readManifest(text: string): Manifest {
  const document = parseDocument(text, { maxAliasCount: 0 } as object);
  // A warning is about a tag that nobody knows: no manifest of ours has one.
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong) throw damaged(`Its manifest is no YAML: ${wrong.message}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw damaged(`Its manifest cannot be read: ${(error as Error).message}`);
  }
  const checked = manifestSchema.safeParse(value);
  if (!checked.success) throw damaged(`Its manifest is not as it should be: ${z.prettifyError(checked.error)}`);
  const manifest = checked.data;
  const names = manifest.disks.map(({ volume }) => volume);
  const files = manifest.disks.map(({ file }) => file);
  if (new Set(names).size < names.length || new Set(files).size < files.length)
    throw damaged('Its manifest names a disk twice.');
  return manifest;
}

/** Throws ProblemError. Pure. */
export function readIndex(text: string): Index {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(`Its index cannot be read: ${(error as Error).message}`);
  }
  const checked = indexSchema.safeParse(value);
  if (!checked.success) throw damaged(`Its index is not as it should be: ${z.prettifyError(checked.error)}`);
  return checked.data;
}

/** A machine as it stands in a manifest: nothing of the target it was on. Pure. */
export function bareMachine({ metadata, spec = {} }: KubeObject): z.infer<typeof machineSchema> {
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => key === 'hearth.dev/description');
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name: metadata.name ?? '',
      ...(metadata.labels ? { labels: { ...metadata.labels } } : {}),
      ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}),
    },
    spec: structuredClone(spec),
  };
}
