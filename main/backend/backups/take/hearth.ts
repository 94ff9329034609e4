import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { KubeObject } from '../../../contract/kube.ts';
import { settingsSchema } from '../../../contract/settings.ts';
import { snippetLabel } from '../../cloud-init/snippets.ts';
import { writeFileAtomic } from '../../json-file.ts';
import { privateFolder } from '../../paths.ts';
import type { DataPaths } from '../../paths.ts';
import type { SettingsStore } from '../../settings.ts';
import { kinds } from '../../target/kinds.ts';
import { KubeError } from '../../target/kube-error.ts';
import type { OpenTarget } from '../../target/target.ts';
import { templateLabel } from '../../templates/store.ts';

const texts = z.record(z.string(), z.string());
const mapSchema = z.object({
  namespace: z.string().max(253),
  name: z.string().max(253),
  labels: texts,
  annotations: texts.optional(),
  data: texts,
});

/** Hearth itself as far as it is not on machines: settings, its key to them, the library of snippets and templates. */
export const hearthSchema = z.object({
  format: z.literal('hearth-settings'),
  version: z.literal(1),
  settings: settingsSchema.loose(),
  key: z.object({ private: z.string().max(20_000), public: z.string().max(20_000) }).optional(),
  library: z.array(mapSchema).max(2000),
});
export type HearthPoint = z.infer<typeof hearthSchema>;

const labels = [snippetLabel, templateLabel];
const keyFile = (paths: DataPaths): string => join(paths.root, 'ssh', 'id_ed25519');

/** Throws KubeError. */
export async function describeHearth(
  target: OpenTarget,
  paths: DataPaths,
  settings: SettingsStore,
): Promise<HearthPoint> {
  const secret = await orNothing(readFile(keyFile(paths), 'utf8'));
  const open = await orNothing(readFile(`${keyFile(paths)}.pub`, 'utf8'));
  const library: HearthPoint['library'] = [];
  for (const label of labels)
    for (const map of await target.client.list(kinds.configMaps, undefined, label).catch(unlessForbidden)) {
      const { namespace = '', name = '', labels: own = {}, annotations } = map.metadata;
      const { data } = map as { data?: Record<string, string> };
      library.push({ namespace, name, labels: own, data: data ?? {}, ...(annotations && { annotations }) });
    }
  return {
    format: 'hearth-settings',
    version: 1,
    settings: settings.value,
    ...(secret !== undefined && { key: { private: secret, public: open ?? '' } }),
    library,
  };
}

/**
 * Puts it back; what is here already is not written over, but for the settings. Says in words what was done and what was not.
 * Throws KubeError.
 */
export async function restoreHearth(
  point: HearthPoint,
  target: OpenTarget,
  paths: DataPaths,
  settings: SettingsStore,
): Promise<string[]> {
  const done: string[] = [];
  // Whether the wizard was seen, and what this very computer can do, is no matter of the old one.
  const {
    version: _,
    setupDone: __,
    accelerator: ___,
    reservedMemory: ____,
    labFolder: _____,
    ...kept
  } = point.settings;
  await settings.update(kept);
  done.push('Settings are those of the backup.');
  if (point.key) done.push(await restoreKey(point.key, keyFile(paths), join(paths.root, 'ssh')));
  let made = 0;
  for (const { namespace, name, data, labels: own, annotations } of point.library) {
    if (!labels.some((label) => own[label] !== undefined)) continue; // no map of ours
    await target.client.create(kinds.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }).catch(unlessThere); // prettier-ignore
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name, labels: own, ...(annotations && { annotations }) },
      data,
    };
    made += (await target.client.create(kinds.configMaps, map).catch(unlessThere)) ? 1 : 0;
  }
  done.push(`${made} of ${point.library.length} templates and snippets were made; the others are here already.`);
  return done;
}

async function restoreKey(key: NonNullable<HearthPoint['key']>, path: string, folder: string): Promise<string> {
  const here = await orNothing(readFile(path, 'utf8'));
  if (here === key.private) return 'Hearth’s key to machines is the same.';
  if (here !== undefined) {
    // Machines of before trust the old one alone: it is there to be used, and to be put in the place of the new one.
    await writeFileAtomic(`${path}.from-backup`, key.private);
    return `This Hearth has a key to machines of its own already; the one of the backup is ${path}.from-backup.`;
  }
  await privateFolder(folder);
  await writeFileAtomic(path, key.private);
  await writeFileAtomic(`${path}.pub`, key.public);
  return 'Hearth’s key to machines is back.';
}

async function orNothing(work: Promise<string>): Promise<string | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Who may not look at libraries has none of them in the backup. */
function unlessForbidden(error: unknown): KubeObject[] {
  if (error instanceof KubeError && error.code === 403) return [];
  throw error;
}

function unlessThere(error: unknown): undefined {
  if (error instanceof KubeError && error.code === 409) return undefined;
  throw error;
}
