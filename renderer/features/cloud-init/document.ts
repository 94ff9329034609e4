import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node, YAMLMap, YAMLSeq } from 'yaml';
import { cloudInitYaml } from '../../../main/contract/cloud-init.ts';

/** A cloud-config text taken apart so that parts of it can be changed and all else stays: comments, order, unknown keys. */
export interface Config {
  header: string;
  document: Document.Parsed | Document;
}

const firstLine = /^#cloud-config\b[^\n]*(\n|$)/;

/** The text taken apart; undefined where it is no cloud-config that a form could show: another format, broken YAML, aliases. */
export function openConfig(text: string): Config | undefined {
  if (text.trim() !== '' && !firstLine.test(text)) return undefined;
  const header = firstLine.exec(text)?.[0] ?? '#cloud-config\n';
  const document = parseDocument(text.slice(text.trim() === '' ? text.length : header.length), cloudInitYaml);
  if (document.errors.length > 0) return undefined;
  if (document.contents !== null && !isMap(document.contents) && !isEmpty(document.contents)) return undefined;
  return { header: header.endsWith('\n') ? header : `${header}\n`, document };
}
const isEmpty = (node: unknown): boolean => isScalar(node) && node.value === null;

/** The text again. Parts that were not touched read as before, but for white space that YAML does not count. */
export function configText({ header, document }: Config): string {
  const { contents } = document;
  const bare = contents === null || isEmpty(contents) || (isMap(contents) && contents.items.length === 0);
  if (!bare) return header + document.toString({ lineWidth: 0 });
  const comments = [document.commentBefore, contents?.commentBefore, document.comment].filter((each) => typeof each === 'string'); // prettier-ignore
  return header + comments.map((each) => `${each.replaceAll(/^/gm, '#')}\n`).join('');
}

export const root = ({ document }: Config): YAMLMap => {
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  return document.contents as YAMLMap;
};
export const nodeAt = (config: Config, key: string): unknown =>
  isMap(config.document.contents) ? config.document.contents.get(key, true) : undefined;

/** A scalar as text: undefined where there is none, null where it is no text, number or flag. */
export function scalarText(node: unknown): string | undefined | null {
  if (node === undefined || node === null) return undefined;
  if (!isScalar(node)) return null;
  const { value } = node;
  if (value === null) return undefined;
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null; // prettier-ignore
}

/** The texts of a list; undefined where it holds anything else. */
export function scalarList(node: unknown): string[] | undefined {
  if (node === undefined || node === null || isEmpty(node)) return [];
  if (!isSeq(node)) return undefined;
  const texts = node.items.map((item) => scalarText(item));
  return texts.every((text) => typeof text === 'string') ? texts : undefined;
}

/** Sets a key of a map, keeping the comment of what stood there; an empty text or undefined takes the key out. */
export function setScalar(map: YAMLMap, key: string, value: string | boolean | undefined): void {
  if (value === undefined || value === '') {
    map.delete(key);
    return;
  }
  const present = map.get(key, true);
  if (isScalar(present)) {
    present.value = value;
    delete present.source;
    delete present.format;
  } else map.set(key, value);
}

/** Makes a list hold these texts: entries that stay keep their comments and their way of writing. */
export function setList(config: Config, map: YAMLMap, key: string, wanted: readonly string[]): void {
  if (wanted.length === 0) {
    map.delete(key);
    return;
  }
  const present = map.get(key, true);
  if (!isSeq(present)) {
    map.set(key, config.document.createNode([...wanted]));
    return;
  }
  const left: unknown[] = [...present.items];
  (present as YAMLSeq).items = wanted.map((text) => {
    const at = left.findIndex((item) => scalarText(item) === text);
    return at >= 0 ? (left.splice(at, 1)[0] as Node) : config.document.createNode(text);
  });
}
