import { StatusError, badRequest } from '../../kube/status-error.ts';
import { clone, same } from '../../store/clone.ts';
import { isMap } from './merge-patch.ts';

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}
/** Operations one patch may have, as in Kubernetes. */
const maxOperations = 10_000;

const unable = (message: string) => new StatusError(422, 'Invalid', `the server rejected our request due to an error in our request: ${message}`); // prettier-ignore

/** JSON Patch, RFC 6902. Answers a changed copy. 422 where a test or a path does not hold. */
export const jsonPatch = (target: unknown, patch: unknown): unknown => {
  if (!Array.isArray(patch)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  if (patch.length > maxOperations) {
    throw new StatusError(413, 'RequestEntityTooLarge', `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`); // prettier-ignore
  }
  const holder = { root: clone(target) };
  for (const operation of patch as unknown[]) apply(holder, checked(operation));
  return holder.root;
};

const checked = (operation: unknown): Operation => {
  const { op, path, from } = (isMap(operation) ? operation : {}) as Partial<Operation>;
  if (typeof op !== 'string' || typeof path !== 'string')
    throw badRequest('a JSON patch operation needs "op" and "path"');
  if ((op === 'move' || op === 'copy') && typeof from !== 'string') throw badRequest(`JSON patch "${op}" needs "from"`);
  if (['add', 'replace', 'test'].includes(op) && !Object.hasOwn(operation as object, 'value')) {
    throw badRequest(`JSON patch "${op}" needs "value"`);
  }
  return operation as Operation;
};

const pointer = (path: string): string[] => {
  if (path === '') return [];
  if (!path.startsWith('/')) throw badRequest(`invalid JSON pointer ${JSON.stringify(path)}`);
  const segments = path.slice(1).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (segments.includes('__proto__')) throw badRequest('"__proto__" is no valid field name');
  return segments;
}; // prettier-ignore

const apply = (holder: { root: unknown }, operation: Operation): void => {
  const { op, path, value } = operation;
  switch (op) {
    case 'add':
      return put(holder, path, clone(value), true);
    case 'replace':
      read(holder, path);
      return put(holder, path, clone(value), false);
    case 'remove':
      return drop(holder, path);
    case 'copy':
      return put(holder, path, clone(read(holder, operation.from ?? '')), true);
    case 'move': {
      const moved = read(holder, operation.from ?? '');
      drop(holder, operation.from ?? '');
      return put(holder, path, moved, true);
    }
    case 'test':
      if (!same(read(holder, path, true), value ?? undefined) && !(value === null && read(holder, path, true) === undefined)) {
        throw unable(`testing value ${path} failed: test failed`);
      }
      return;
    default:
      throw badRequest(`unexpected kind of JSON patch operation: ${op}`);
  }
}; // prettier-ignore

const step = (here: unknown, segment: string): unknown => {
  if (Array.isArray(here)) return /^(?:0|[1-9]\d*)$/.test(segment) ? (here as unknown[])[Number(segment)] : undefined;
  return isMap(here) && Object.hasOwn(here, segment) ? here[segment] : undefined;
};
const missing = (path: string) => unable(`doc is missing path: ${JSON.stringify(path)}: missing value`);

const read = (holder: { root: unknown }, path: string, lenient = false): unknown => {
  let here: unknown = holder.root;
  for (const segment of pointer(path)) {
    here = step(here, segment);
    if (here === undefined && !lenient) throw missing(path);
  }
  return here;
};

const parentOf = (holder: { root: unknown }, path: string): { parent: unknown; last: string } => {
  const segments = pointer(path);
  const last = segments.pop() ?? '';
  let parent: unknown = holder.root;
  for (const segment of segments) parent = step(parent, segment);
  return { parent, last };
};

const put = (holder: { root: unknown }, path: string, value: unknown, insert: boolean): void => {
  if (path === '') {
    holder.root = value;
    return;
  }
  const { parent, last } = parentOf(holder, path);
  if (Array.isArray(parent)) {
    const index = last === '-' && insert ? parent.length : Number(last);
    const ok = (last === '-' && insert) || /^(?:0|[1-9]\d*)$/.test(last);
    if (!ok || index > parent.length || (!insert && index >= parent.length)) throw missing(path);
    parent.splice(index, insert ? 0 : 1, value);
  } else if (isMap(parent)) parent[last] = value;
  else throw missing(path);
};

const drop = (holder: { root: unknown }, path: string): void => {
  read(holder, path);
  const { parent, last } = parentOf(holder, path);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isMap(parent)) delete parent[last];
  else throw missing(path);
};
