import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, YAMLMap, YAMLSeq } from 'yaml';
import { configText, openConfig, root } from './document.ts';

/** The same key with two values: one of them has to go. */
export interface Conflict {
  /** e.g. "swap.size" or "write_files: /etc/motd". */
  path: string;
  mine: string;
  theirs: string;
}
export interface Merged {
  text: string;
  conflicts: Conflict[];
}
export type Choices = Readonly<Record<string, 'mine' | 'theirs'>>;

/** Puts values into a snippet where it asks for them. */
export const fillIn = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\{([A-Z][A-Z0-9_]*)\}/g, (whole, name: string) => values[name] ?? whole);

/**
 * A snippet put into a text: lists are added to (an entry that is there already is not added again), mappings are joined, and
 * where one key has two values the choice decides; without one the text's own stays and the conflict is told. undefined where
 * either is no cloud-config.
 */
export function mergeSnippet(text: string, snippet: string, choices: Choices = {}): Merged | undefined {
  const mine = openConfig(text);
  const theirs = openConfig(snippet);
  if (!mine || !theirs) return undefined;
  const conflicts: Conflict[] = [];
  join(root(mine), root(theirs), '', { choices, conflicts });
  return { text: configText(mine), conflicts };
}

interface Merging {
  choices: Choices;
  conflicts: Conflict[];
}

function join(mine: YAMLMap, theirs: YAMLMap, path: string, merging: Merging): void {
  for (const { key, value } of theirs.items) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const here = path ? `${path}.${name}` : name;
    const own = mine.get(name, true) as unknown;
    if (own === undefined || (isScalar(own) && own.value === null)) mine.set(name, (value as Node).clone());
    else if (isMap(own) && isMap(value)) join(own, value, here, merging);
    else if (isSeq(own) && isSeq(value)) append(own, value, here, merging);
    else if (!same(own, value) && decide(here, own, value, merging)) mine.set(name, (value as Node).clone());
  }
}

/** What makes two entries of a list the same thing: a file's path, a user's name. */
const identity: Readonly<Record<string, string>> = { write_files: 'path', users: 'name' };

function append(mine: YAMLSeq, theirs: YAMLSeq, path: string, merging: Merging): void {
  const key = identity[path];
  for (const item of theirs.items) {
    if (mine.items.some((own) => same(own, item))) continue;
    const id = key !== undefined && isMap(item) ? item.get(key) : undefined;
    const at =
      id === undefined || key === undefined ? -1 : mine.items.findIndex((own) => isMap(own) && own.get(key) === id);
    if (at < 0) mine.items.push((item as Node).clone());
    else if (decide(`${path}: ${String(id)}`, mine.items[at], item, merging)) mine.items[at] = (item as Node).clone();
  }
}

/** Whether the snippet's value takes the place of the text's own. */
function decide(path: string, mine: unknown, theirs: unknown, { choices, conflicts }: Merging): boolean {
  conflicts.push({ path, mine: shown(mine), theirs: shown(theirs) });
  return choices[path] === 'theirs';
}
const plain = (node: unknown): unknown => (isScalar(node) || isMap(node) || isSeq(node) ? node.toJSON() : node) as unknown; // prettier-ignore
const same = (a: unknown, b: unknown): boolean => JSON.stringify(plain(a)) === JSON.stringify(plain(b));
function shown(node: unknown): string {
  const value = plain(node);
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 200);
}
