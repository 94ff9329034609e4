import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { ProblemError } from '../../contract/problem.ts';
import type { SetFinding, SetSource } from '../../contract/sets.ts';
import { exists, privateFolder } from '../paths.ts';
import { plainEnvironment, runProcess } from '../process.ts';
import type { RunResult } from '../process.ts';
import { isManifest, limits, notUtf8, tooLarge, tooMuch, whole } from './read.ts';
import type { Source, SourceFile } from './read.ts';

type GitSource = Extract<SetSource, { type: 'git' }>;

/** Milliseconds for a fetch; a hung server must not hold the set for ever. */
const fetchPatience = 120_000;
const patience = 15_000;

/** Nothing is asked on a terminal, nothing of a repository is run, and nothing but these ways leads out. */
const guards = [
  '-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'core.sshCommand=ssh -oBatchMode=yes', '-c', 'protocol.ext.allow=never',
  '-c', 'gc.autoDetach=false', '-c', 'maintenance.autoDetach=false', '-c', 'fetch.fsckObjects=true', '-c', 'submodule.recurse=false', '-c', 'core.alternateRefsCommand=',
]; // prettier-ignore
function environment(): NodeJS.ProcessEnv {
  const plain = Object.entries(plainEnvironment()).filter(([name]) => !/^(GIT_|SSH_ASKPASS)/.test(name));
  return { ...Object.fromEntries(plain), GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '', SSH_ASKPASS: '', GIT_ALLOW_PROTOCOL: 'https:ssh:file', GIT_OPTIONAL_LOCKS: '0', GIT_NO_REPLACE_OBJECTS: '1', GCM_INTERACTIVE: 'never' }; // prettier-ignore
}

async function git(dir: string, args: readonly string[], how: { signal: AbortSignal; timeoutMs?: number; limit?: number; stdin?: string; env?: NodeJS.ProcessEnv }): Promise<RunResult> {
  return runProcess(['git', ...guards, '-C', dir, ...args], { timeoutMs: patience, graceMs: 2000, ...how, env: { ...environment(), ...how.env } });
} // prettier-ignore

/**
 * An address that git may be given: https, ssh (also as user@host:path) or file, without a password, and nothing that it would
 * take for an option or another way in. Throws the Problem `set-address`. Pure.
 */
export function refuseAddress(url: string): void {
  const refuse = (detail: string): never => {
    throw new ProblemError({ code: 'set-address', title: 'This is no address of a repository', detail, fix: 'Give https://…, ssh://…, user@host:path or file:///….', fields: { url: 'invalid' } }); // prettier-ignore
  };
  // oxlint-disable-next-line no-control-regex -- those are what is refused
  if (url.startsWith('-') || /[\u0000-\u0020\u007F]/.test(url)) refuse('It begins with a dash, or holds blanks.');
  const scheme = /^([a-z][a-z0-9+.-]*):(:|\/\/)/i.exec(url);
  if (!scheme) {
    if (!/^[\w.-]+@[A-Za-z0-9][\w.-]*:(?!-)[^:]+$/.test(url)) refuse('It has no https://, ssh:// or file:// before it.');
    return;
  }
  if (scheme[2] === ':' || !['https', 'ssh', 'file'].includes((scheme[1] ?? '').toLowerCase()))
    refuse(`Hearth fetches by https, ssh and file alone, not by ${scheme[1]}.`);
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return refuse('It cannot be read.');
  }
  if (parsed.password !== '' || (parsed.protocol === 'https:' && parsed.username !== ''))
    refuse('It holds a password or token, which would be kept in the clear. Use a credential helper of git, or an SSH key.');
  if (parsed.hostname.startsWith('-') || decodeURIComponent(parsed.username).startsWith('-')) refuse('Its host begins with a dash.');
} // prettier-ignore

const ref = 'refs/hearth/set';

/**
 * What a branch holds now, read out of a bare copy in `dir` that is fetched first: nothing is ever checked out, so no link, filter
 * or hook of a stranger does anything. Throws `set-address`, `set-git`, `set-folder`, `program-missing`.
 */
export async function fetchSource(dir: string, { url, branch, within }: GitSource, signal: AbortSignal): Promise<Source> {
  refuseAddress(url);
  await privateFolder(dir);
  if (!(await exists(join(dir, 'HEAD')))) {
    await mkdir(dir, { recursive: true });
    told(await git(dir, ['init', '--quiet', '--bare', '--template=', '.'], { signal }), 'init');
  }
  const options = ['--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--force'];
  told(await git(dir, ['fetch', ...options, '--', url, `+refs/heads/${branch}:${ref}`], { signal, timeoutMs: fetchPatience }), 'fetch');
  return { ...(await readTree(dir, within, signal)), commit: await commitOf(dir, ref, signal) };
} // prettier-ignore

async function commitOf(dir: string, what: string, signal: AbortSignal): Promise<string> {
  return told(await git(dir, ['rev-parse', '--verify', '--quiet', `${what}^{commit}`], { signal }), 'rev-parse').trim(); // prettier-ignore
}

/**
 * A repository that a stranger made may say that what is missing in it is fetched, and by which command: so nothing is ever
 * fetched for one. Git before 2.44 does not know the first of these; no way out is called `none`.
 */
const nothingFetched = { GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: 'none' };

/** The commit that is checked out where a folder lies; undefined where it is no repository, or there is no git. */
export async function checkedOut(folder: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    // Not `HEAD^{commit}`: that reads the object, which may be missing.
    const answer = await git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD'], { signal, timeoutMs: 5000, env: nothingFetched }); // prettier-ignore
    const commit = answer.stdout.trim();
    return answer.code === 0 && /^[0-9a-f]{40,64}$/.test(commit) ? commit : undefined;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'program-missing') return undefined;
    throw error;
  }
}

/** The manifests of a tree, by name. Their sizes are known before they are read. */
async function readTree(dir: string, within: string, signal: AbortSignal): Promise<Source> {
  const tree = within === '' ? ref : `${ref}:${within.replace(/\/+$/, '')}`;
  const answer = await git(dir, ['ls-tree', '-r', '-z', '--long', '--full-tree', tree], { signal, limit: 16 * 2 ** 20 }); // prettier-ignore
  const list = told(answer, 'ls-tree', within === '' ? undefined : `There is no folder ${within} in it.`);
  const findings: SetFinding[] = [];
  const wanted: { path: string; id: string; size: number }[] = [];
  for (const row of list.split('\0')) {
    const [, mode, type, id = '', size, path = ''] = /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t([\s\S]*)$/.exec(row) ?? [];
    if (path.split('/').some((part) => part.startsWith('.'))) continue;
    if (mode === '120000') findings.push(whole(path, 'This is a link, and links are not followed: put the file itself here.')); // prettier-ignore
    if (type !== 'blob' || mode === '120000' || !isManifest(path.split('/').at(-1) ?? '')) continue;
    if (Number(size) > limits.fileBytes) findings.push(whole(path, tooLarge));
    else wanted.push({ path, id, size: Number(size) });
  }
  if (wanted.length > limits.files) throw tooMuch('The repository', `more than ${limits.files} manifests`);
  if (wanted.reduce((sum, { size }) => sum + size, 0) > limits.allBytes)
    throw tooMuch('The repository', `more than ${limits.allBytes / 2 ** 20} MiB of manifests`);
  const files: SourceFile[] = [];
  for (let at = 0; at < wanted.length; at += atOnce) {
    const some = wanted.slice(at, at + atOnce);
    const texts = await readBlobs(dir, some, signal);
    for (const [index, { path }] of some.entries()) {
      const text = texts[index];
      if (text === undefined) findings.push(whole(path, notUtf8));
      else files.push({ path, text });
    }
  }
  return { files, findings };
}

/** Files that one git reads. */
const atOnce = 200;
interface Blob {
  id: string;
  size: number;
}

/** Their texts; undefined for what is no UTF-8. */
async function readBlobs(dir: string, blobs: readonly Blob[], signal: AbortSignal): Promise<(string | undefined)[]> {
  const limit = blobs.reduce((sum, { size }) => sum + size + 200, 0);
  const stdin = `${blobs.map(({ id }) => id).join('\n')}\n`;
  const all = Buffer.from(told(await git(dir, ['cat-file', '--batch'], { signal, limit, stdin }), 'cat-file'));
  const texts: string[] = [];
  let at = 0;
  for (const { id, size } of blobs) {
    const head = `${id} blob ${size}\n`;
    const end = at + Buffer.byteLength(head) + size;
    if (all.subarray(at, at + Buffer.byteLength(head)).toString() !== head || all[end] !== 0x0a) break;
    texts.push(all.subarray(at + Buffer.byteLength(head), end).toString());
    at = end + 1;
  }
  if (texts.length === blobs.length) return texts;
  // One of them is no text, and its sizes tell nothing any more: each for itself says which.
  const each: (string | undefined)[] = [];
  for (const { id, size } of blobs) {
    const text = told(await git(dir, ['cat-file', 'blob', id], { signal, limit: size + 1 }), 'cat-file');
    each.push(Buffer.byteLength(text) === size && !text.includes('\uFFFD') ? text : undefined);
  }
  return each;
}

function told({ code, stdout, stderr, timedOut }: RunResult, what: string, otherwise?: string): string {
  if (code === 0) return stdout;
  const said = stderr.trim().split('\n').filter(Boolean);
  throw new ProblemError({
    code: 'set-git',
    title: 'The repository could not be read',
    detail: timedOut ? 'It did not answer in time.' : (otherwise ?? said.at(-1)?.slice(0, 500) ?? `git ${what} ended with ${code}.`),
    fix: 'Try it by hand with `git ls-remote`. Hearth types no password: it takes a credential helper of git, or an SSH key without a question.',
    command: `git ${what}`,
    ...(said.length > 0 && { output: said.slice(-8) }),
  });
} // prettier-ignore
