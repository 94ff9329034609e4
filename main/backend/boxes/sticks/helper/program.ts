import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { copiedProgram } from '../../../../../provisioning/bootstrap.ts';
import { installedStickHelper, stickHelperProgram } from '../../../../../provisioning/packaging/stick-helper.ts';
import { ProblemError } from '../../../../contract/problem.ts';
import { fromSource, projectRoot } from '../../../paths.ts';
import { bootArguments, codeMessage } from './boot.ts';

/** Put in by the build: the SHA-256 of the helper that was built with this very program. */
declare const __STICK_HELPER_SHA256__: string;

/** How the helper is started; `code`: sent to it once it says `boot`. */
export interface HelperProgram {
  argv: string[];
  code?: Buffer;
}

/**
 * The helper of this Hearth: its bytes are read once, compared with what the build noted, and handed over by stdin, so that
 * what was compared is what runs. From the sources (developers) there is nothing built to compare with. Throws the Problem
 * `stick-helper-changed`.
 */
export async function helperProgram(): Promise<HelperProgram> {
  if (fromSource) return { argv: [process.execPath, join(projectRoot, 'main/stick-helper.ts')] };
  const code = join(projectRoot, 'out/main/stick-helper.js');
  const bytes = await readFile(code);
  return (
    (await installedProgram({ bytes, code, sha256: __STICK_HELPER_SHA256__ })) ??
    fedProgram(bytes, __STICK_HELPER_SHA256__)
  );
}

/**
 * The one that a package installed, where it, its Node and this very helper are files that only root can change: pkexec then
 * says in a package's own words what it asks for. Undefined where any of that is not so. Only tests give another place.
 */
export async function installedProgram(
  { bytes, code, sha256 }: { bytes: Buffer; code: string; sha256: string },
  { installed = installedStickHelper, home = projectRoot } = {},
): Promise<HelperProgram | undefined> {
  try {
    if (process.platform !== 'linux' || hashOf(bytes) !== sha256) return undefined;
    if ((await readFile(installed, 'utf8')) !== stickHelperProgram(home)) return undefined;
    const files = [installed, code, await realpath(join(home, 'bin/node'))];
    for (const file of files) if (!(await onlyRootWrites(file))) return undefined;
    return { argv: [installed] };
  } catch {
    return undefined; // not installed by a package
  }
}

/** A helper of these bytes. Only tests give another Node and user. Throws the Problem `stick-helper-changed`. */
export async function fedProgram(
  code: Buffer,
  sha256: string,
  { node = nodeProgram(), uid = process.getuid?.() }: { node?: NodeProgram; uid?: number | undefined } = {},
): Promise<HelperProgram> {
  if (hashOf(code) !== sha256)
    throw new ProblemError({
      code: 'stick-helper-changed',
      title: 'The stick’s helper is not the one that was built',
      detail: `out/main/stick-helper.js has another SHA-256 than this Hearth was built with. It was not run.`,
      cause: 'The file was changed or damaged, or Hearth was updated while it runs.',
      fix: 'Start Hearth anew. If it says so again, install it anew.',
      kind: 'denied',
    });
  return {
    argv: [...(await guarded(node, uid)), ...bootArguments(sha256, code.length)],
    code: codeMessage(code, sha256),
  };
}

interface NodeProgram {
  /** Words that start Node; the last is its path. */
  argv: string[];
  /** A file with its bytes that cannot be exchanged while we run. */
  bytes: string;
  /** One file that runs wherever it lies. */
  alone: boolean;
}

/** In the desktop app we run inside Electron, which says by HEARTH_NODE what runs plain Node programs. */
function nodeProgram({ env, execPath, platform } = process): NodeProgram {
  const path = env['HEARTH_NODE'] ?? execPath;
  // The kernel keeps what we were started from, whatever is put under its name meanwhile.
  const bytes = platform === 'linux' && path === execPath ? '/proc/self/exe' : path;
  // Root's environment is empty; Electron without this would open a window.
  return env['ELECTRON_RUN_AS_NODE'] === '1'
    ? { argv: ['/usr/bin/env', 'ELECTRON_RUN_AS_NODE=1', path], bytes, alone: false }
    : { argv: [path], bytes, alone: true };
}

/** The same Node in a way that nobody but root can exchange, where there is one. */
async function guarded({ argv, bytes, alone }: NodeProgram, uid: number | undefined): Promise<string[]> {
  const path = await realpath(argv.at(-1) ?? '');
  const plain = [...argv.slice(0, -1), path];
  // As root there is nobody to guard against; elsewhere the programs for it are missing (docs/guides/box.md says so).
  if (process.platform !== 'linux' || uid === 0 || !alone || (await onlyRootWrites(path))) return plain;
  const hash = createHash('sha256');
  await pipeline(createReadStream(bytes), hash);
  return copiedProgram(path, hash.digest('hex'));
}

/** Whether the file and every folder above it are root's, and nobody else may write to them. */
export async function onlyRootWrites(path: string): Promise<boolean> {
  const { uid, mode } = await lstat(path);
  if (uid !== 0 || (mode & 0o022) !== 0) return false;
  return dirname(path) === path || onlyRootWrites(dirname(path));
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
