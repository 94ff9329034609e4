import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { TemplateParameter, TemplateRow, TemplateVersion } from '../../contract/templates.ts';
import { parseManifest } from '../manifests/parse.ts';
import type { KubeClient } from '../target/client.ts';
import { KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pick, pickText } from '../target/pick.ts';
import { createdAt } from '../undo/objects.ts';

/** Marks a ConfigMap as a version of a template; its value is the template's name. */
export const templateLabel = 'hearth.dev/template';
export const versionLabel = 'hearth.dev/template-version';

/**
 * One version of a template is one ConfigMap that the target itself keeps from being changed (`immutable`). ConfigMaps,
 * because every target has them and every user of a namespace may make them; KubeVirt's own VirtualMachineTemplate is a
 * beta feature that many clusters have switched off.
 */
export function versionObject(
  ref: { namespace: string; name: string },
  version: Omit<TemplateVersion, 'createdAt'>,
): KubeObject {
  const { title, description, note, manifest, parameters } = version;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `hearth-template-${ref.name}-v${version.version}`,
      namespace: ref.namespace,
      labels: {
        [templateLabel]: ref.name,
        [versionLabel]: String(version.version),
        'app.kubernetes.io/managed-by': 'hearth',
      },
    },
    immutable: true,
    data: {
      'manifest.yaml': manifest,
      // Secrets have no default: whoever may read ConfigMaps could read it.
      'template.json': JSON.stringify({ title, description, note, parameters: parameters.map((each) => (each.secret ? { ...each, value: undefined } : each)) }, null, 1), // prettier-ignore
    },
  };
}

/** Undefined for a ConfigMap that carries the label and is no version of a template. Pure. */
export function versionOf(object: KubeObject): TemplateVersion | undefined {
  const version = Number(pickText(object, 'metadata', 'labels', versionLabel));
  const manifest = pickText(object, 'data', 'manifest.yaml');
  const text = pickText(object, 'data', 'template.json');
  if (!Number.isInteger(version) || version < 1 || manifest === undefined || text === undefined) return undefined;
  let about: unknown;
  try {
    about = JSON.parse(text);
  } catch {
    return undefined; // somebody else's, or damaged by hand: not a version that could be used
  }
  const parameters = pick(about, 'parameters');
  return {
    version,
    createdAt: createdAt(object),
    title: pickText(about, 'title') ?? '',
    description: pickText(about, 'description') ?? '',
    note: pickText(about, 'note') ?? '',
    manifest,
    parameters: Array.isArray(parameters) ? (parameters as TemplateParameter[]) : [],
  };
}

/** Rows of a list of ConfigMaps, by title. Pure. */
export function rowsOf(objects: readonly KubeObject[]): TemplateRow[] {
  const groups = Map.groupBy(
    objects.flatMap((object) => {
      const version = versionOf(object);
      const name = pickText(object, 'metadata', 'labels', templateLabel);
      return version && name ? [{ namespace: object.metadata.namespace ?? '', name, version }] : [];
    }),
    ({ namespace, name }) => `${namespace}/${name}`,
  );
  return [...groups.values()]
    .map((versions) => {
      const sorted = versions.toSorted((one, other) => other.version.version - one.version.version);
      const [{ namespace, name, version } = versions[0]!] = sorted;
      return {
        namespace,
        name,
        title: version.title || name,
        description: version.description,
        version: version.version,
        versions: versions.length,
        changedAt: version.createdAt,
        parameters: version.parameters.length,
        kinds: [...new Set(parseManifest(version.manifest).objects.map(({ object }) => object.kind))],
      };
    })
    .toSorted((one, other) => one.title.localeCompare(other.title));
}

/** All versions of one template, newest first. Throws `template-not-found`. */
export async function readVersions(
  client: KubeClient,
  ref: { namespace: string; name: string },
): Promise<TemplateVersion[]> {
  const found = await client.list(kinds.configMaps, ref.namespace, `${templateLabel}=${ref.name}`);
  const versions = found.flatMap((object) => versionOf(object) ?? []);
  if (versions.length === 0) throw notThere(ref);
  return versions.toSorted((one, other) => other.version - one.version);
}

export const notThere = ({ namespace, name }: { namespace: string; name: string }, version?: number): ProblemError =>
  new ProblemError({
    code: 'template-not-found',
    title: 'This template is not there',
    detail: `There is no template ${namespace}/${name}${version === undefined ? '' : ` of version ${version}`} (any more).`,
    fix: 'Go back to the list.',
  });

/** Keeps a new version. Somebody else's newer one than the `base` that was edited is refused, never run over. */
export async function addVersion(
  client: KubeClient,
  ref: { namespace: string; name: string },
  base: number,
  version: Omit<TemplateVersion, 'createdAt' | 'version'>,
): Promise<number> {
  const found = await client.list(kinds.configMaps, ref.namespace, `${templateLabel}=${ref.name}`);
  const newest = Math.max(0, ...found.map((object) => versionOf(object)?.version ?? 0));
  if (newest !== base) throw newest === 0 ? notThere(ref, base) : taken(ref, base, newest);
  const next = newest + 1;
  try {
    await client.create(kinds.configMaps, versionObject(ref, { ...version, version: next }));
  } catch (error) {
    // Between the look and the write somebody kept theirs: the target gives a name once.
    if (error instanceof KubeError && error.reason === 'AlreadyExists') throw taken(ref, base, next);
    throw error;
  }
  return next;
}

const taken = ({ name }: { name: string }, base: number, newest: number): ProblemError =>
  new ProblemError(
    base === 0
      ? { code: 'template-exists', title: 'There is a template of that name', detail: `A template ${name} is there already.`, fix: 'Choose another name, or edit that template.', fields: { name: 'taken' } }
      : { code: 'template-changed', title: 'The template was changed meanwhile', detail: `Version ${base} was edited, and the newest is ${newest} by now.`, fix: 'Open the newest version and make the change there.' },
  ); // prettier-ignore
