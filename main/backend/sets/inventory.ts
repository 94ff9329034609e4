import { z } from 'zod';
import type { KubeObject } from '../../contract/kube.ts';
import type { KubeClient } from '../target/client.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import { setManager } from './words.ts';

/** An object that a set applied. */
const entrySchema = z.object({ apiVersion: z.string(), kind: z.string(), namespace: z.string().exactOptional(), name: z.string() }); // prettier-ignore
export type Entry = z.infer<typeof entrySchema>;

/** Marks the list of what a set applied; its value is the set's name. */
export const setLabel = 'hearth.dev/set';
const namespace = 'default';

/** What tells one object from all others, whichever version of its API it is told by. Pure. */
export const keyOfEntry = ({ apiVersion, kind, namespace: at, name }: Entry): string =>
  [apiVersion.includes('/') ? apiVersion.split('/')[0] : '', kind, at ?? '', name].join(' ');
export const entryOf = ({ apiVersion, kind, metadata }: KubeObject, at: string | undefined): Entry => ({
  apiVersion, kind, ...(at !== undefined && { namespace: at }), name: metadata.name ?? '',
}); // prettier-ignore

/**
 * What a set applied before. It is kept on the target, in a ConfigMap: whichever Hearth applies the set next knows it. What is
 * no list of ours counts as none, so that nothing is taken away because of it. Throws KubeError.
 */
export async function readInventory(client: KubeClient, set: string): Promise<Entry[]> {
  try {
    return entriesIn(await client.get(kinds.configMaps, namespace, nameOf(set))) ?? [];
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

const nameOf = (set: string): string => `hearth-set-${set}`;
/** Undefined for what is no list of ours. */
function entriesIn(list: KubeObject): Entry[] | undefined {
  try {
    return z.array(entrySchema).parse(JSON.parse(pickText(list, 'data', 'objects') ?? '[]'));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/**
 * Which other set applied an object, by its list on the target; where one of them cannot be read, that one may hold anything.
 * Throws KubeError.
 */
export async function readOthers(client: KubeClient, set: string): Promise<(entry: Entry) => string | undefined> {
  const holders = new Map<string, string>();
  let unclear: string | undefined;
  for (const list of await client.list(kinds.configMaps, namespace, setLabel)) {
    const other = list.metadata.labels?.[setLabel];
    if (other === undefined || list.metadata.name === nameOf(set)) continue;
    const entries = entriesIn(list);
    if (!entries) unclear ??= other;
    for (const entry of entries ?? []) holders.set(keyOfEntry(entry), other);
  }
  return (entry) => holders.get(keyOfEntry(entry)) ?? unclear;
}

/** Throws KubeError. */
export async function writeInventory(client: KubeClient, set: string, entries: readonly Entry[]): Promise<void> {
  const sorted = new Map(entries.map((entry) => [keyOfEntry(entry), entry]));
  const name = nameOf(set);
  const objects = [...sorted.keys()].toSorted().map((key) => JSON.stringify(sorted.get(key)));
  const text = `[${objects.join(',\n')}]`;
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: { [setLabel]: set, 'app.kubernetes.io/managed-by': 'hearth' } },
    data: { objects: text },
  };
  const before = await client.get(kinds.configMaps, namespace, name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (pickText(before, 'data', 'objects') === text) return;
  await client.patch(kinds.configMaps, { namespace, name }, object, { type: 'apply', fieldManager: setManager });
}
