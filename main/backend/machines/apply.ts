import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { YamlFinding } from '../../contract/machine.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { refuseDisksInBin } from '../bin/taken.ts';
import { KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { checkSyntax, fieldSteps } from './yaml-check.ts';
import type { CheckedYaml } from './yaml-check.ts';

const wants = 'A machine is one object with "apiVersion: kubevirt.io/v1" and "kind: VirtualMachine".';

/** Syntax, shape, and then the target's own word (server-side dry run), each at its line. */
export async function checkYaml(target: OpenTarget, text: string): Promise<YamlFinding[]> {
  const checked = checkSyntax(text);
  if (checked.findings.some((finding) => finding.severity === 'error')) return checked.findings;
  const object = checked.value as KubeObject;
  if (pickText(object, 'kind') !== 'VirtualMachine' || pickText(object, 'apiVersion') !== 'kubevirt.io/v1')
    return [...checked.findings, checked.at('error', ['kind'], wants)];
  const name = pickText(object, 'metadata', 'name');
  if (!name) return [...checked.findings, checked.at('error', ['metadata'], 'The machine needs a metadata.name.')];
  return [
    ...checked.findings,
    ...(await refusals(checked, () => dryRun(target, { ...object, metadata: { namespace: 'default', ...object.metadata } }))),
  ]; // prettier-ignore
}

/** What the target refuses of a text, each at its line; empty where it takes it. Throws where it does not answer. */
export async function refusals(checked: CheckedYaml, dryRun: () => Promise<unknown>): Promise<YamlFinding[]> {
  try {
    await dryRun();
    return [];
  } catch (error) {
    if (!(error instanceof KubeError) || error.code === 0) throw error;
    const fields = Object.entries(error.problem.fields ?? {});
    if (fields.length === 0) return [checked.at('error', unknownField(error.problem.detail), error.problem.detail)];
    return fields.map(([field, message]) => checked.at('error', fieldSteps(field), message));
  }
}

/** Strict decoding names the field in its words only: unknown field "spec.template.spec.domian". */
const unknownField = (message: string): (string | number)[] =>
  fieldSteps(/unknown field "([^"]+)"/.exec(message)?.[1] ?? '');

async function dryRun(target: OpenTarget, object: KubeObject): Promise<void> {
  const { namespace = 'default', name = '' } = object.metadata;
  try {
    const present = await target.client.get(kinds.virtualMachines, namespace, name);
    await target.client.replace(kinds.virtualMachines, present, withVersion(object, present), { dryRun: true });
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 404) throw error;
    await target.client.create(kinds.virtualMachines, object, { dryRun: true });
  }
}

/** A text from the editor has no resourceVersion: it is meant for the machine as it is now. */
export const withVersion = (object: KubeObject, present: KubeObject): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    namespace: present.metadata.namespace ?? '',
    ...(present.metadata.finalizers && { finalizers: present.metadata.finalizers }),
    resourceVersion: object.metadata.resourceVersion ?? present.metadata.resourceVersion ?? '',
  },
});

/** Replaces the manifest of a machine by a text. The name and namespace must stay; a dry run comes first. */
export async function applyYaml(target: OpenTarget, ref: ObjectRef, text: string): Promise<ObjectRef> {
  const checked = checkSyntax(text);
  const first = checked.findings.find((finding) => finding.severity === 'error');
  const refuse = (detail: string, fix: string): ProblemError =>
    new ProblemError({ code: 'yaml-refused', title: 'This cannot be applied', detail, fix });
  if (first) throw refuse(`Line ${first.line}: ${first.message}`, 'Correct the text.');
  const object = checked.value as KubeObject;
  if (pickText(object, 'kind') !== 'VirtualMachine') throw refuse(wants, 'Correct the text.');
  const name = pickText(object, 'metadata', 'name');
  const namespace = pickText(object, 'metadata', 'namespace') ?? ref.namespace;
  if (name !== ref.name || namespace !== ref.namespace)
    throw refuse(
      `The text is of ${namespace}/${name}, the machine is ${ref.namespace}/${ref.name}.`,
      'A machine keeps its name: create a new one for another.',
    );
  const present = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name);
  const next = withVersion(object, present);
  await refuseDisksInBin(target, ref.namespace, [next], present);
  await target.client.replace(kinds.virtualMachines, present, next, { dryRun: true });
  await target.client.replace(kinds.virtualMachines, present, next);
  return ref;
}
