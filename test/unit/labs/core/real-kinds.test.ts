import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as kubernetes from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { actionsOf } from '../../../../main/backend/labs/file/references.ts';
import { readLab } from '../../../../main/backend/labs/file/read.ts';

const folder = join(import.meta.dirname, '../../../../assets/labs');
interface Model {
  getAttributeTypeMap(): { name: string; baseName: string; type: string }[];
}
const models = kubernetes as unknown as Readonly<Record<string, Model | undefined>>;
const modelOf = (type: string): Model | undefined =>
  typeof models[type]?.getAttributeTypeMap === 'function' ? models[type] : undefined;

/** What of a value the generated model of its type does not know, or has as something else. */
function* strange(value: unknown, type: string, path: string): Generator<string> {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  const map = /^\{ \[key: string\]: (.*?);? \}$/.exec(type)?.[1];
  const model = modelOf(type);
  if (list !== undefined) {
    if (!Array.isArray(value)) yield `${path} is no list`;
    else for (const [at, each] of value.entries()) yield* strange(each, list, `${path}[${at}]`);
  } else if (map !== undefined || model) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return yield `${path} is no object`;
    for (const [key, inner] of Object.entries(value)) {
      const known = map ?? model?.getAttributeTypeMap().find(({ baseName }) => baseName === key)?.type;
      if (known === undefined) yield `${path}.${key} is not known`;
      else yield* strange(inner, known, `${path}.${key}`);
    }
  } else if (type === 'number' || type === 'boolean' || type === 'string') {
    if (typeof value !== type) yield `${path} is no ${type}`;
  }
}
const findings = (object: object): string[] => {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const type = `${apiVersion.split('/').at(-1)?.replace(/^v/, 'V')}${kind}`;
  return modelOf(type) ? [...strange(object, type, kind)] : [`${type} has no model`];
};

test('what shipped labs apply to clusters fits the kinds of Kubernetes', async () => {
  const seen = new Set<string>();
  for (const file of globSync('*/lab.yaml', { cwd: folder })) {
    const { lab } = await readLab(readFileSync(join(folder, file), 'utf8'));
    const objects = [
      ...(lab?.objects ?? []),
      ...(lab ? [...actionsOf(lab)].flatMap(([, { apply }]) => apply ?? []) : []),
    ];
    for (const object of objects) {
      // The Quick lab's own strict schemas see these when the lab is solved there.
      if (/kubevirt\.io/.test(object.apiVersion)) continue;
      seen.add(object.kind);
      expect([file, findings(object)]).toEqual([file, []]);
    }
  }
  expect([...seen]).toEqual(expect.arrayContaining(['Deployment', 'Pod', 'Service']));
});

test('a field that Kubernetes does not know is found', () => {
  const metadata = { name: 'a' };
  expect(findings({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replica: 2, template: { spec: { containers: [{ name: 'a', ports: [{ containerPort: '80' }] }] } } } })).toEqual(['Deployment.spec.replica is not known', 'Deployment.spec.template.spec.containers[0].ports[0].containerPort is no number']);
}); // prettier-ignore
