import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../../../../provisioning/plan.ts';
import { ProblemError } from '../../../contract/problem.ts';

const unreadable = (detail: string): ProblemError =>
  new ProblemError({
    code: 'manifest-unreadable',
    title: 'A manifest cannot be read',
    detail,
    cause: 'The file was damaged on the way, or is another one than expected.',
    fix: 'Fetch it again.',
  });

/** The objects of a file with many documents, Lists taken apart, empty documents left out. Throws `manifest-unreadable`. */
export function objectsOf(text: string): Manifest[] {
  // eemeli.org/yaml: an empty stream gives an empty list with a marker instead of documents.
  const documents = parseAllDocuments(text);
  const objects: Manifest[] = [];
  for (const [index, document] of documents.entries()) {
    const [error] = document.errors;
    if (error) throw unreadable(`Document ${index + 1}: ${error.message}`);
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    const items = isList(value) ? value.items : [value];
    for (const item of items) {
      if (!isManifest(item)) throw unreadable(`Document ${index + 1} is no Kubernetes object.`);
      objects.push(item);
    }
  }
  if (objects.length === 0) throw unreadable('There is nothing in it.');
  return objects;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isList = (value: unknown): value is { items: unknown[] } =>
  isRecord(value) && value['kind'] === 'List' && Array.isArray(value['items']);
const isManifest = (value: unknown): value is Manifest =>
  isRecord(value) &&
  typeof value['apiVersion'] === 'string' &&
  typeof value['kind'] === 'string' &&
  isRecord(value['metadata']) &&
  typeof value['metadata']['name'] === 'string';
