import { labNamespace } from '../../../contract/labs/words.ts';
import type { LabFile } from '../../../contract/labs/file.ts';
import { readable, whyNotKind } from '../safety/kinds.ts';
import { unsafeObject, unsafePatch } from '../safety/safety.ts';
import type { Scope } from '../safety/tree.ts';
import { fill } from './fill.ts';
import type { Tell } from './tell.ts';
import { actionsOf } from './references.ts';

/** Where library images lie, as they are named in a file. */
const library = 'hearth-images';

/** Values that are known from the file alone; what is made at random cannot name anything. Pure. */
export const fileValues =
  (lab: LabFile) =>
  (name: string): string | undefined => {
    const namespace = labNamespace(lab.metadata.name);
    if (name === 'lab') return lab.metadata.name;
    if (name === 'namespace') return namespace;
    const own = Object.hasOwn(lab.variables, name) ? lab.variables[name] : undefined;
    if (own !== undefined) return typeof own === 'string' ? own : undefined;
    const [first, second, third] = name.split('.');
    const image = first === 'image' ? lab.images.find((each) => each.name === second) : undefined;
    if (!image) return undefined;
    const at = imagePlace(lab, image);
    return third === 'name' ? at.name : at.namespace;
  };

/** Where an image of a file lies: one of the library there, every other in the lab's own namespace. Pure. */
export const imagePlace = (lab: LabFile, image: LabFile['images'][number]): { namespace: string; name: string } =>
  image.use === undefined
    ? { namespace: labNamespace(lab.metadata.name), name: `image-${image.name}` }
    : { namespace: library, name: image.use };

/** What the objects of this file may name. Pure. */
export const scopeOf = (lab: LabFile): Scope => ({
  lab: lab.metadata.name,
  namespace: labNamespace(lab.metadata.name),
  networks: lab.networks.map(({ name }) => name),
  images: lab.images.map((image) => {
    const { namespace, name } = imagePlace(lab, image);
    return `${namespace}/${name}`;
  }),
});

/** What is made, changed, deleted or looked at is the lab's own, and asks for nothing that would reach out of it. */
export function objectRules(lab: LabFile, tell: Tell): void {
  const scope = scopeOf(lab);
  const values = fileValues(lab);
  const object = (path: readonly (string | number)[], one: object): void => {
    for (const [inside, why] of unsafeObject(fill(one, values), scope)) tell([...path, ...inside], why);
  };
  for (const [at, one] of lab.objects.entries()) object(['objects', at], one);
  for (const [path, action] of actionsOf(lab)) {
    for (const [at, one] of (action.apply ?? []).entries()) object([...path, 'apply', at], one);
    if (action.patch) {
      const { kind, apiVersion, patch } = action.patch;
      for (const [inside, why] of unsafePatch(kind, fill(patch, values), scope, apiVersion))
        tell([...path, 'patch', ...(inside[0] === 'kind' ? [] : ['patch']), ...inside], why);
    }
    const why = action.delete && whyNotKind(action.delete.kind, action.delete.apiVersion);
    if (why) tell([...path, 'delete', 'kind'], why);
    const awaited = action.wait?.for?.api;
    if (awaited) looked([...path, 'wait', 'for', 'api'], awaited, tell);
  }
  for (const [at, { checks }] of lab.steps.entries())
    for (const [index, { api }] of checks.entries()) if (api) looked(['steps', at, 'checks', index, 'api'], api, tell);
}

function looked(path: readonly (string | number)[], { kind, apiVersion }: { kind: string; apiVersion?: string | undefined }, tell: Tell): void {
  if (readable(kind, apiVersion)) return;
  const why = whyNotKind(kind, apiVersion) ?? '';
  if (/whole cluster|rights/.test(why)) tell([...path, 'kind'], `A lab looks at its own namespace only: ${kind} is not in it.`);
  else if (apiVersion === undefined) tell([...path, 'kind'], `${kind} needs its apiVersion.`);
} // prettier-ignore
