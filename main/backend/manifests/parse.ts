import { isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { Document } from 'yaml';
import type { KubeObject } from '../../contract/kube.ts';
import type { YamlFinding } from '../../contract/machine.ts';
import { offsetOf } from '../machines/yaml-check.ts';

/** One object of a text, with where it stands. */
export interface ParsedObject {
  object: KubeObject;
  /** Line of its beginning, from 1. */
  line: number;
  /** A finding at a field of it; at the nearest part that exists where the field does not. */
  at: (path: readonly (string | number)[], message: string) => YamlFinding;
}
export interface ParsedManifest {
  objects: ParsedObject[];
  findings: YamlFinding[];
}

/** More than anybody reviews; a text with more is a mistake. */
const most = 200;

/** The objects of a text with one or more documents; Lists are taken apart, empty documents left out. Pure. */
export function parseManifest(text: string): ParsedManifest {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const documents = 'empty' in parsed ? [] : parsed;
  const findings: YamlFinding[] = [];
  const position = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const objects: ParsedObject[] = [];
  for (const document of documents) {
    for (const error of document.errors)
      findings.push({ severity: 'error', message: inWords(error), ...position(error.pos[0]) });
    for (const warning of document.warnings)
      findings.push({ severity: 'warning', message: warning.message, ...position(warning.pos[0]) });
    if (document.errors.length > 0) continue;
    const root: unknown = document.contents;
    let value: unknown;
    try {
      const twice = keysTwice(document);
      for (const at of twice) findings.push({ severity: 'error', message: 'Map keys must be unique', ...position(at) });
      if (twice.length > 0) continue;
      value = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      findings.push({ severity: 'error', message: inWords(error as Error), line: 1, column: 1 });
      continue;
    }
    if (value === null || value === undefined) continue;
    const add = (one: unknown, inside: readonly (string | number)[]): void => {
      const start = offsetOf(root, inside);
      const wrong = notAnObject(one);
      if (wrong) {
        findings.push({ severity: 'error', message: wrong, ...position(start) });
        return;
      }
      objects.push({
        object: one as KubeObject,
        line: position(start).line,
        at: (path, message) => ({
          severity: 'error',
          message,
          ...position(offsetOf(root, [...inside, ...path])),
          ...(path.length > 0 && { path: path.join('.') }),
        }),
      });
    };
    if (isList(value)) value.items.forEach((item, index) => add(item, ['items', index]));
    else add(value, []);
  }
  if (objects.length > most)
    findings.push({ severity: 'error', message: `More than ${most} objects: split the text.`, line: 1, column: 1 });
  return { objects, findings: [...findings, ...twice(objects)] };
}

const inWords = ({ message }: Error): string => (message.includes('call stack') ? 'It is nested too deep.' : message);

/** Where keys stand that their map has already. The parser's own look compares each with each: minutes for a long map. */
function keysTwice(document: Document.Parsed): number[] {
  const found: number[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) found.push(key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
  return found;
}

/** The same object twice in one text: only one of the two would be meant. */
function twice(objects: readonly ParsedObject[]): YamlFinding[] {
  const seen = new Set<string>();
  return objects.flatMap(({ object: { apiVersion, kind, metadata }, at }) => {
    const key = [apiVersion, kind, metadata.namespace ?? '', metadata.name].join(' ');
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [at(['metadata'], `${kind} ${metadata.name} is in this text twice.`)];
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: unknown): value is { items: unknown[] } =>
  isRecord(value) && typeof value['kind'] === 'string' && value['kind'].endsWith('List') && Array.isArray(value['items']); // prettier-ignore

function notAnObject(value: unknown): string | undefined {
  if (!isRecord(value)) return 'This is no Kubernetes object: it needs apiVersion, kind and metadata.';
  if (typeof value['apiVersion'] !== 'string' || typeof value['kind'] !== 'string')
    return 'This is no Kubernetes object: apiVersion and kind are missing.';
  if (!isRecord(value['metadata'])) return `${value['kind']}: metadata is missing.`;
  const { name, namespace } = value['metadata'];
  if (typeof name !== 'string' || name === '')
    return `${value['kind']}: metadata.name is missing (names made by the target cannot be applied twice).`;
  if (namespace !== undefined && typeof namespace !== 'string')
    return `${value['kind']} ${name}: metadata.namespace must be text.`;
  return undefined;
}

/** What has to be there before others: namespaces, definitions, then what machines are made of, machines, what points at them. */
const ranks: readonly string[] = [
  'Namespace', 'CustomResourceDefinition', 'StorageClass', 'ServiceAccount', 'ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding',
  'Secret', 'ConfigMap', 'NetworkAttachmentDefinition', 'VirtualMachineClusterInstancetype', 'VirtualMachineInstancetype',
  'VirtualMachineClusterPreference', 'VirtualMachinePreference', 'PersistentVolume', 'PersistentVolumeClaim', 'DataSource', 'DataVolume',
  'VirtualMachine', 'VirtualMachineInstance',
]; // prettier-ignore

/** In the order in which they are applied; of the same rank as they stand in the text. Pure. */
export function inOrder<T extends { object: Pick<KubeObject, 'kind'> }>(objects: readonly T[]): T[] {
  const rank = ({ object }: T): number => {
    const found = ranks.indexOf(object.kind);
    return found < 0 ? ranks.length : found;
  };
  return objects.toSorted((one, other) => rank(one) - rank(other));
}
