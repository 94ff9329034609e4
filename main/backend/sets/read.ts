import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { SetFinding } from '../../contract/sets.ts';
import { parseManifest } from '../manifests/parse.ts';

/** One file of a set as it was read. */
export interface SourceFile {
  /** Relative to the set's folder, with slashes. */
  path: string;
  text: string;
}
export interface Source {
  files: SourceFile[];
  findings: SetFinding[];
  commit?: string;
}
/** An object and where it stands. */
export interface Declared {
  object: KubeObject;
  file: string;
  line: number;
}

/** More than a lab is made of: what is larger is a mistake, or an attack. */
export const limits = { files: 5000, fileBytes: 512 * 1024, allBytes: 32 * 1024 * 1024, depth: 12, entries: 50_000, findings: 100 }; // prettier-ignore
export const isManifest = (name: string): boolean => /\.(ya?ml|json)$/i.test(name) && !name.startsWith('.');
export const whole = (file: string, message: string): SetFinding => ({ file, line: 0, message });

/**
 * The manifests of a folder and those below it, by name; what begins with a dot and what is no YAML or JSON is not looked at.
 * Links are refused, wherever they lead. Throws the Problem `set-folder` where the folder itself cannot be read.
 */
export async function readFolder(where: string): Promise<Source> {
  const dir = await realpath(where).catch(notThere(where));
  const files: SourceFile[] = [];
  const findings: SetFinding[] = [];
  let bytes = 0;
  let seen = 0;
  async function walk(inside: string, depth: number): Promise<void> {
    const entries = await readdir(join(dir, inside), { withFileTypes: true }).catch(notThere(join(dir, inside)));
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      seen += 1;
      if (seen > limits.entries) throw tooMuch(dir, `more than ${limits.entries} files and folders`);
      if (entry.isSymbolicLink())
        findings.push(whole(path, 'This is a link, and links are not followed: put the file itself here.')); // prettier-ignore
      else if (entry.isDirectory()) {
        if (depth >= limits.depth) findings.push(whole(path, `Folders lie more than ${limits.depth} deep.`));
        else await walk(path, depth + 1);
      } else if (entry.isFile() && isManifest(entry.name)) {
        const text = await readText(join(dir, path), path, findings);
        bytes += text?.length ?? 0;
        if (text !== undefined) files.push({ path, text });
        if (files.length > limits.files) throw tooMuch(dir, `more than ${limits.files} manifests`);
        if (bytes > limits.allBytes) throw tooMuch(dir, `more than ${limits.allBytes / 2 ** 20} MiB of manifests`);
      }
    }
  }
  await walk('', 0);
  return { files, findings };
}

export const tooMuch = (where: string, what: string): ProblemError =>
  new ProblemError({ code: 'set-folder', title: 'This is more than a set', detail: `${where} has ${what}.`, fix: 'Name the folder that has nothing but the set.' }); // prettier-ignore

const notThere = (path: string) => (error: NodeJS.ErrnoException) => {
  throw new ProblemError({ code: 'set-folder', title: 'This folder cannot be read', detail: `${path}: ${error.code === 'ENOENT' ? 'it is not there' : error.message}.`, fix: 'Check the way to it.' }, { cause: error }); // prettier-ignore
};

async function readText(path: string, name: string, findings: SetFinding[]): Promise<string | undefined> {
  // Between the look and now it may have become a link, or a pipe that never ends.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    findings.push(whole(name, `It cannot be read: ${error.code ?? error.message}.`));
  }); // prettier-ignore
  if (!file) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile()) findings.push(whole(name, 'This is no file.'));
    else if (found.size > limits.fileBytes) findings.push(whole(name, tooLarge));
    else return plainText(await file.readFile(), name, findings);
    return undefined;
  } finally {
    await file.close();
  }
}

export const tooLarge = `It is larger than ${limits.fileBytes / 1024} KiB.`;

export const notUtf8 = 'It is no text in UTF-8.';

/** Undefined, with a finding, for what is no UTF-8. */
function plainText(bytes: Uint8Array, name: string, findings: SetFinding[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    findings.push(whole(name, notUtf8));
    return undefined;
  }
}

/** The objects of all files, and everything wrong with them at its line; an object that stands in two places is wrong. */
export async function readObjects(
  source: Source,
  signal: AbortSignal,
): Promise<{ objects: Declared[]; findings: SetFinding[] }> {
  const findings = [...source.findings];
  const objects: Declared[] = [];
  const seen = new Map<string, Declared>();
  for (const { path: file, text } of source.files) {
    // What is wrong so often is no set, and each further file costs time.
    if (findings.length > limits.findings) break;
    // Others are served between two files.
    await immediate(undefined, { signal });
    const parsed = parseManifest(text);
    const wrong = parsed.findings.filter(({ severity }) => severity === 'error');
    for (const { line, message } of wrong.slice(0, 20)) findings.push({ file, line, message });
    for (const { object, line } of parsed.objects) {
      const one = { object, file, line };
      // One object may be told of by two versions of its API.
      const { namespace, name } = object.metadata;
      const key = [object.apiVersion.split('/').slice(0, -1).join('/'), object.kind, namespace ?? '', name].join(' ');
      const before = seen.get(key);
      if (before && before.file !== file) findings.push({ file, line, message: `${object.kind} ${name} stands in ${before.file}, line ${before.line}, too.` }); // prettier-ignore
      seen.set(key, before ?? one);
      objects.push(one);
    }
  }
  return { objects, findings };
}
