import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { lastLines } from '../log.ts';
import type { DataPaths } from '../paths.ts';
import type { Redactor } from '../redact/redact.ts';

/** A file of the bundle as it was found: an object (told as JSON or YAML), or a text. Secrets are still in it. */
export interface Source {
  path: string;
  what: string;
  content: { object: unknown; as: 'json' | 'yaml' } | { text: string };
}

/** Bytes of one log that go into a bundle; the end is what matters. */
const tail = 512 * 1024;
const mostMachines = 200;

const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '');
async function textOf(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    return size > tail ? (await lastLines(path, 4000)).join('\n') : await readFile(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
async function jsonOf(path: string): Promise<unknown> {
  const text = await textOf(path);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return { 'could not be read': text?.slice(0, 2000) };
  }
}

/** JSON files of the data directory. The files that are nothing but secrets (sessions, keys) are not among them. */
const documents: readonly [file: string, what: string][] = [
  ['settings.json', 'Settings'],
  ['targets.json', 'Targets that Hearth knows'],
  ['tasks.json', 'Tasks and how they ended'],
  ['notifications.json', 'Which events are told, and where'],
];
const logs: readonly [file: string, what: string][] = [
  ['logs/hearth.log', 'Log of Hearth'],
  ['logs/hearth.log.1', 'Log of Hearth, earlier'],
  ['logs/engine.log', 'Log of the engine'],
  ['logs/engine.log.1', 'Log of the engine, earlier'],
  ['audit.jsonl', 'What was done, by whom, and how it ended'],
  ['commands.jsonl', 'What was asked of targets, as commands'],
  ['notifications.jsonl', 'What was told'],
];

async function listOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** What lies in the data directory. */
export async function fileSources(paths: DataPaths): Promise<Source[]> {
  const found: Source[] = [];
  for (const [file, what] of documents) {
    const object = await jsonOf(join(paths.root, file));
    if (object !== undefined) found.push({ path: file, what, content: { object, as: 'json' } });
  }
  for (const name of await listOf(join(paths.root, 'appliances')))
    if (name.endsWith('.json'))
      found.push({ path: `appliances/${name}`, what: 'An appliance and its runs', content: { object: await jsonOf(join(paths.root, 'appliances', name)), as: 'json' } }); // prettier-ignore
  for (const [file, what] of logs) {
    const text = await textOf(join(paths.root, file));
    if (text !== undefined)
      found.push({ path: file.startsWith('logs/') ? file : `logs/${file}`, what, content: { text } });
  }
  const machines = join(paths.root, 'engine', 'machines');
  for (const id of (await listOf(machines)).slice(0, mostMachines)) {
    const record = await jsonOf(join(machines, id, 'machine.json'));
    if (record !== undefined)
      found.push({ path: `machines/${id}/machine.json`, what: 'A machine and its QEMU command line', content: { object: record, as: 'json' } }); // prettier-ignore
    for (const [name, what] of [
      ['qemu.log', 'What QEMU said'],
      ['serial.log', 'Serial console, its end'],
    ] as const) {
      // prettier-ignore
      const text = await textOf(join(machines, id, name));
      if (text) found.push({ path: `machines/${id}/${name}`, what, content: { text: text.slice(-64 * 1024) } });
    }
  }
  return found;
}

/** The values of a kubeconfig that let somebody in, so that they are found wherever else they stand. */
export async function learnKubeconfig(path: string, redactor: Redactor): Promise<void> {
  const text = await textOf(path);
  if (text === undefined) return;
  try {
    redactor.learn(parse(text));
  } catch {
    redactor.learnValue(text); // not YAML: whatever it is, it stays here
  }
}
/** Secrets of the data directory that are in no document of the bundle. */
export async function learnFiles(paths: DataPaths, redactor: Redactor): Promise<void> {
  for (const file of ['notifications.json', 'settings.json']) redactor.learn(await jsonOf(join(paths.root, file)));
}
