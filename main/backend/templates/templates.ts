import { stringify } from 'yaml';
import type { ContractHandlers } from '../../contract/contract.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { YamlFinding } from '../../contract/machine.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { TemplateParameter, TemplateVersion } from '../../contract/templates.ts';
import { applyManifest } from '../manifests/apply.ts';
import { checkManifest } from '../manifests/check.ts';
import { parseManifest } from '../manifests/parse.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { Scope } from '../target/scope.ts';
import type { OpenTarget } from '../target/target.ts';
import { makeAgain } from '../undo/objects.ts';
import { templateOf } from './from-machine.ts';
import { fillIn, parametersIn, valuesOf } from './parameters.ts';
import { addVersion, notThere, readVersions, rowsOf, templateLabel, versionLabel } from './store.ts';
import { readTypes, saveType, typeKinds } from './types.ts';

type Values = Readonly<Record<string, string>>;

/** Handlers of templates, instance types and preferences on the current target. */
export function createTemplates(scope: Scope): ContractHandlers['templates'] {
  const oneVersion = async (
    target: OpenTarget,
    ref: { namespace: string; name: string; version: number },
  ): Promise<TemplateVersion> => {
    const found = (await readVersions(target.client, ref)).find(({ version }) => version === ref.version);
    if (!found) throw notThere(ref, ref.version);
    return found;
  };
  return {
    list: async () => rowsOf(await scope.target().client.list(kinds.configMaps, undefined, templateLabel)),
    async get(ref) {
      const { client } = scope.target();
      const [versions, machines] = await Promise.all([
        readVersions(client, ref),
        client.list(kinds.virtualMachines, undefined, `${templateLabel}=${ref.name}`),
      ]);
      const made = machines
        .filter((vm) => (vm.metadata.annotations?.[namespaceNote] ?? ref.namespace) === ref.namespace)
        .map((vm) => ({ namespace: vm.metadata.namespace ?? '', name: vm.metadata.name ?? '', version: Number(vm.metadata.labels?.[versionLabel] ?? 0) })); // prettier-ignore
      return { ...ref, versions, machines: made };
    },
    async fromMachine({ namespace, name, copyDisks }) {
      const { client } = scope.target();
      const vm = await client.get(kinds.virtualMachines, namespace, name);
      return templateOf({ vm, secret: await seedSecret(scope.target(), vm), copyDisks });
    },
    check: ({ manifest, parameters }, { signal }) => checkTemplate(scope.target(), manifest, parameters, signal),
    async save({ namespace, name, base, ...version }) {
      const parsed = parseManifest(version.manifest);
      const wrong = parsed.findings.find(({ severity }) => severity === 'error');
      const undeclared = parametersIn(parsed.objects.map(({ object }) => object.metadata)).filter(
        (one) => !version.parameters.some((each) => each.name === one),
      );
      if (wrong || parsed.objects.length === 0 || undeclared.length > 0)
        throw new ProblemError({
          code: 'template-refused',
          title: 'This is no template yet',
          detail: wrong
            ? `Line ${wrong.line}: ${wrong.message}`
            : undeclared.length > 0
              ? `Its names speak of ${undeclared.join(', ')}, which no parameter declares.`
              : 'There is no object in it.',
          fix: 'Correct the text or the parameters.',
        });
      return { version: await addVersion(scope.target().client, { namespace, name }, base, version) };
    },
    async remove({ namespace, name, version }) {
      const target = scope.target();
      const { client } = target;
      const selector = `${templateLabel}=${name}${version === undefined ? '' : `,${versionLabel}=${version}`}`;
      const found = await client.list(kinds.configMaps, namespace, selector);
      if (found.length === 0) throw notThere({ namespace, name }, version);
      for (const { metadata } of found)
        await client.delete(kinds.configMaps, { namespace, name: metadata.name ?? '' }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
      return scope.undos.keep('template', { back: () => makeAgain(target, kinds.configMaps, found) });
    },
    async preview({ values, targetNamespace, ...ref }, { signal }) {
      const target = scope.target();
      const objects = made(await oneVersion(target, ref), ref, values, targetNamespace);
      const report = await checkManifest(target, yamlOf(objects), targetNamespace, signal);
      return { yaml: yamlOf(objects.map(covered)), report };
    },
    async create({ values, targetNamespace, ...ref }) {
      const target = scope.target();
      const version = await oneVersion(target, ref);
      const objects = made(version, ref, values, targetNamespace);
      await refuseTaken(target, objects, targetNamespace);
      const name = objects.find(({ kind }) => kind === 'VirtualMachine')?.metadata.name ?? ref.name;
      return applyManifest(scope.tasks, target, {
        yaml: yamlOf(objects),
        namespace: targetNamespace,
        title: `Making ${name} of the template ${version.title || ref.name}`,
      });
    },
    types: () => readTypes(scope.target()),
    saveType: ({ yaml }) => saveType(scope.target(), yaml),
    async removeType({ kind, namespace, name }) {
      const target = scope.target();
      const of = typeKinds[kind];
      const ref = { name, ...(of.namespaced && { namespace: namespace ?? 'default' }) };
      const found = await target.client.get(of, ref.namespace, name);
      await target.client.delete(of, ref, found.metadata.uid ? { uid: found.metadata.uid } : {});
      return scope.undos.keep('type', { back: () => makeAgain(target, of, [found]) });
    },
  };
}

/** On machines: the namespace of the template they were made of. */
const namespaceNote = 'hearth.dev/template-namespace';
const yamlOf = (objects: readonly KubeObject[]): string =>
  objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');

/** The objects of a version with these values; machines say what they were made of. */
function made(
  version: TemplateVersion,
  ref: { namespace: string; name: string },
  values: Values,
  namespace: string,
): KubeObject[] {
  const parsed = parseManifest(version.manifest).objects.map(({ object }) => object);
  return fillIn(parsed, valuesOf(version.parameters, values)).map((object) => {
    const metadata = { ...object.metadata, namespace: object.metadata.namespace ?? namespace };
    if (object.kind !== 'VirtualMachine') return { ...object, metadata };
    return {
      ...object,
      metadata: {
        ...metadata,
        labels: { ...metadata.labels, [templateLabel]: ref.name, [versionLabel]: String(version.version) },
        annotations: { ...metadata.annotations, [namespaceNote]: ref.namespace },
      },
    };
  });
}

/** A template makes new machines: one that is there is never changed by it. */
async function refuseTaken(target: OpenTarget, objects: readonly KubeObject[], namespace: string): Promise<void> {
  for (const { kind, metadata } of objects) {
    if (kind !== 'VirtualMachine' || !metadata.name) continue;
    try {
      await target.client.get(kinds.virtualMachines, metadata.namespace ?? namespace, metadata.name);
    } catch (error) {
      if (isNotFound(error)) continue;
      throw error;
    }
    throw new ProblemError({
      code: 'machine-exists',
      title: 'There is a machine of that name',
      detail: `${metadata.namespace ?? namespace}/${metadata.name} is there already, and a template only makes new ones.`,
      fix: 'Choose another name.',
      fields: { NAME: 'taken' },
    });
  }
}

/** Previews are shown and copied: what is secret stays out of them. */
function covered(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret') return object;
  const empty = (field: string) =>
    object[field] === undefined ? {} : { [field]: Object.fromEntries(Object.keys(object[field] ?? {}).map((key) => [key, ''])) }; // prettier-ignore
  return { ...object, ...empty('data'), ...empty('stringData') };
}

/** The Secret with a machine's cloud-init data; undefined where there is none or this user may not read it. */
async function seedSecret(target: OpenTarget, vm: KubeObject): Promise<KubeObject | undefined> {
  const names = pickList(vm, 'spec', 'template', 'spec', 'volumes').flatMap(
    (volume) =>
      pickText(volume, 'cloudInitNoCloud', 'secretRef', 'name') ??
      pickText(volume, 'cloudInitConfigDrive', 'secretRef', 'name') ??
      [],
  );
  const [name] = names;
  if (name === undefined) return undefined;
  try {
    return await target.client.get(kinds.secrets, vm.metadata.namespace, name);
  } catch (error) {
    if (error instanceof KubeError && (error.code === 403 || error.code === 404)) return undefined;
    throw error;
  }
}

/** The text, the parameters it needs, and the target's own word on it with examples for empty values. */
async function checkTemplate(
  target: OpenTarget,
  manifest: string,
  parameters: readonly TemplateParameter[],
  signal: AbortSignal,
): Promise<YamlFinding[]> {
  const parsed = parseManifest(manifest);
  if (parsed.findings.some(({ severity }) => severity === 'error')) return parsed.findings;
  const unused = parameters.filter(
    ({ name }) => !parametersIn(parsed.objects.map(({ object }) => object)).includes(name),
  );
  const warnings: YamlFinding[] = unused.map(({ name }) => ({ severity: 'warning', message: `The parameter ${name} is used nowhere.`, line: 1, column: 1 })); // prettier-ignore
  const examples = new Map(parameters.map(({ name, value }) => [name, value ?? `example-${name.toLowerCase().replaceAll('_', '-')}`])); // prettier-ignore
  const objects = fillIn(parsed.objects.map(({ object }) => object), examples); // prettier-ignore
  const report = await checkManifest(target, yamlOf(objects), 'default', signal);
  // Lines of the filled-in text are other ones: each finding is put where its field stands in the template.
  const moved = report.objects.flatMap((one) => {
    if (one.result !== 'refused') return [];
    const index = objects.findIndex(({ kind, metadata }) => kind === one.kind && metadata.name === one.name);
    return [parsed.objects[index]?.at([], `${one.kind}: ${one.detail ?? 'refused'}`) ?? { severity: 'error' as const, message: one.detail ?? '', line: 1, column: 1 }]; // prettier-ignore
  });
  return [...parsed.findings, ...warnings, ...moved];
}
