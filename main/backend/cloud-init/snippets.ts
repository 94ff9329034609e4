import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Snippet } from '../../contract/cloud-init.ts';
import { snippetSchema } from '../../contract/cloud-init.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ListUpdate, YamlFinding } from '../../contract/machine.ts';
import { ProblemError } from '../../contract/problem.ts';
import { imageNamespace } from '../images/manifest.ts';
import { assetsFolder } from '../paths.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { createLiveList } from '../target/live-list.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { checkUserData } from './check.ts';

/** Marks the ConfigMaps that are snippets. They lie beside the images: a library goes with its target, to everybody who uses it. */
export const snippetLabel = 'hearth.dev/cloud-init-snippet';
export const snippetNamespace = imageNamespace;
const objectName = (id: string): string => `snippet-${id}`;

const askSchema = z.object({ name: z.string(), label: z.string(), value: z.string() });
const fileSchema = z.array(snippetSchema.extend({ asks: z.array(askSchema).default([]) }));

let shipped: Snippet[] | undefined;
/** The snippets that come with Hearth. */
export function builtInSnippets(): Snippet[] {
  const text = (): string => readFileSync(join(assetsFolder, 'cloud-init', 'snippets.json'), 'utf8');
  shipped ??= fileSchema.parse(JSON.parse(text())).map((snippet) => ({ ...snippet, builtIn: true }));
  return shipped;
}

/** Places in a text that are asked for: `${NAME}` in capitals, as the built-in ones write them. Pure. */
export const asksOf = (text: string): Snippet['asks'] =>
  [...new Set([...text.matchAll(/\$\{([A-Z][A-Z0-9_]*)\}/g)].map((match) => match[1] ?? ''))].map((name) => ({
    name,
    label: name.toLowerCase().replaceAll('_', ' '),
    value: '',
  }));

/** The snippet that a ConfigMap holds; undefined for any other ConfigMap. Pure. */
export function snippetOf(map: KubeObject): Snippet | undefined {
  if (map.metadata.labels?.[snippetLabel] !== 'true') return undefined;
  const parsed = snippetSchema.safeParse({
    id: map.metadata.name?.replace(/^snippet-/, ''),
    title: pickText(map, 'data', 'title') ?? map.metadata.name,
    description: pickText(map, 'data', 'description') ?? '',
    text: pickText(map, 'data', 'userData') ?? '',
  });
  return parsed.success ? { ...parsed.data, builtIn: false, asks: asksOf(parsed.data.text) } : undefined;
}

/** Built-in and own snippets of a target, as they change. */
export async function* watchSnippets(target: OpenTarget, signal: AbortSignal): AsyncGenerator<ListUpdate<Snippet>> {
  const list = createLiveList<Snippet>();
  for (const snippet of builtInSnippets()) list.set(snippet.id, snippet);
  const maps = target.cache.use(kinds.configMaps, snippetNamespace, {
    changed(key, map) {
      const id = key.slice(key.indexOf('/') + 1).replace(/^snippet-/, '');
      const snippet = map && snippetOf(map);
      if (snippet) list.set(snippet.id, snippet);
      else if (list.get(id)?.builtIn === false) list.delete(id);
    },
    state: () => queueMicrotask(state),
  });
  function state(): void {
    if (maps.lost) list.stale(maps.lost.problem);
    else list.live();
    // The built-in ones are there whatever the target says.
    if (maps.synced || maps.lost) list.ready();
  }
  state();
  try {
    yield* list.watch(signal);
  } finally {
    maps.release();
  }
}

/** Keeps a snippet on the target, new or changed. Throws a Problem for a built-in one's name or a text that is no cloud-config. */
export async function saveSnippet(target: OpenTarget, input: z.output<typeof snippetSchema>): Promise<void> {
  if (builtInSnippets().some(({ id }) => id === input.id))
    throw new ProblemError({
      code: 'snippet-built-in',
      title: 'That name is taken',
      detail: `${input.id} comes with Hearth and stays as it is.`,
      fix: 'Choose another name.',
      fields: { id: 'taken' },
    });
  const wrong = wrongWhateverIsAsked(input.text);
  if (wrong)
    throw new ProblemError({
      code: 'snippet-refused',
      title: 'This is no piece of cloud-config',
      detail: `Line ${wrong.line}: ${wrong.message}`,
      fix: 'Correct the text.',
      fields: { text: wrong.message },
    });
  const { client } = target;
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectName(input.id),
      namespace: snippetNamespace,
      labels: { [snippetLabel]: 'true', 'app.kubernetes.io/managed-by': 'hearth' },
    },
    data: { title: input.title, description: input.description, userData: input.text },
  };
  await ensureNamespace(target);
  try {
    const present = await client.get(kinds.configMaps, snippetNamespace, objectName(input.id));
    await client.replace(kinds.configMaps, present, {
      ...object,
      metadata: { ...object.metadata, resourceVersion: present.metadata.resourceVersion ?? '' },
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create(kinds.configMaps, object);
  }
}
/** What is asked for stands for some value when the text is checked: a word or a number, as its place wants it. Pure. */
function wrongWhateverIsAsked(text: string): YamlFinding | undefined {
  const [words, numbers] = ['word', '1'].map((value) =>
    checkUserData(text.replaceAll(/\$\{[A-Z][A-Z0-9_]*\}/g, value)).filter(({ severity }) => severity === 'error'),
  );
  return words?.find(({ line }) => numbers?.some((other) => other.line === line));
}

/** Removes one of one's own; resolves with what it was. */
export async function removeSnippet(target: OpenTarget, id: string): Promise<KubeObject> {
  const found = await target.client.get(kinds.configMaps, snippetNamespace, objectName(id));
  if (!snippetOf(found))
    throw new ProblemError({
      code: 'snippet-none',
      title: 'This is no snippet',
      detail: `${objectName(id)} was not made here.`,
      kind: 'denied',
    });
  await target.client.delete(
    kinds.configMaps,
    { namespace: snippetNamespace, name: objectName(id) },
    found.metadata.uid ? { uid: found.metadata.uid } : {},
  );
  return found;
}

async function ensureNamespace(target: OpenTarget): Promise<void> {
  try {
    await target.client.get(kinds.namespaces, undefined, snippetNamespace);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await target.client.create(kinds.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: snippetNamespace } }); // prettier-ignore
  }
}
