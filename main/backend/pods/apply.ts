import type { KubeObject } from '../../contract/kube.ts';
import type { YamlFinding } from '../../contract/machine.ts';
import type { WorkRef } from '../../contract/pods.ts';
import { ProblemError } from '../../contract/problem.ts';
import { refusals, withVersion } from '../machines/apply.ts';
import { checkSyntax } from '../machines/yaml-check.ts';
import type { CheckedYaml } from '../machines/yaml-check.ts';
import { isNotFound } from '../target/kube-error.ts';
import { apiVersionOf } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { workloadKinds } from './rows.ts';
import { gone } from './watch.ts';

/** What a text must be to be this object's: one finding where it is another's. */
function another(checked: CheckedYaml, { kind, namespace, name }: WorkRef): YamlFinding | undefined {
  const is = (...path: string[]): string | undefined => pickText(checked.value, ...path);
  const version = apiVersionOf(workloadKinds[kind]);
  if (is('kind') !== kind || is('apiVersion') !== version)
    return checked.at('error', ['kind'], `This is a ${kind}: "apiVersion: ${version}" and "kind: ${kind}".`);
  if (is('metadata', 'name') !== name || (is('metadata', 'namespace') ?? namespace) !== namespace)
    return checked.at('error', ['metadata', 'name'], `It keeps its name and namespace, ${namespace}/${name}: create a new one for another.`); // prettier-ignore
  return undefined;
}

async function replacement(target: Pick<OpenTarget, 'client'>, ref: WorkRef, checked: CheckedYaml) {
  const present = await target.client.get(workloadKinds[ref.kind], ref.namespace, ref.name).catch((error: unknown) => {
    throw isNotFound(error) ? gone(ref) : error;
  });
  return { present, next: withVersion(checked.value as KubeObject, present) };
}

/** Syntax, whose it is, and then the target's own word (server-side dry run), each at its line. */
export async function checkWorkYaml(
  target: Pick<OpenTarget, 'client'>,
  ref: WorkRef,
  text: string,
): Promise<YamlFinding[]> {
  const checked = checkSyntax(text);
  const wrong = checked.findings.some(({ severity }) => severity === 'error') ? undefined : another(checked, ref);
  if (wrong || checked.findings.some(({ severity }) => severity === 'error'))
    return [...checked.findings, ...(wrong ? [wrong] : [])];
  const { present, next } = await replacement(target, ref, checked);
  const dry = (): Promise<unknown> => target.client.replace(workloadKinds[ref.kind], present, next, { dryRun: true });
  return [...checked.findings, ...(await refusals(checked, dry))];
}

/** Replaces the manifest by a text; a dry run comes first. Throws `yaml-refused` where the text is broken or another object's. */
export async function applyWorkYaml(target: Pick<OpenTarget, 'client'>, ref: WorkRef, text: string): Promise<void> {
  const checked = checkSyntax(text);
  const first = checked.findings.find(({ severity }) => severity === 'error') ?? another(checked, ref);
  if (first)
    throw new ProblemError({
      code: 'yaml-refused',
      title: 'This cannot be applied',
      detail: `Line ${first.line}: ${first.message}`,
      fix: 'Correct the text.',
    });
  const kind = workloadKinds[ref.kind];
  const { present, next } = await replacement(target, ref, checked);
  await target.client.replace(kind, present, next, { dryRun: true });
  await target.client.replace(kind, present, next);
}
