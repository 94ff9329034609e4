import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parse, stringify, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';

const sizeLimit = 1024 * 1024;

const stanza = z.record(z.string(), z.unknown());
const named = z.object({ name: z.string() });
const fileSchema = z
  .object({
    'current-context': z.string().nullish(),
    contexts: z.array(named.extend({ context: stanza })).nullish(),
    clusters: z.array(named.extend({ cluster: stanza })).nullish(),
    users: z.array(named.extend({ user: stanza.nullish() })).nullish(),
  })
  .loose();

/** One context of a kubeconfig, alone, with everything it needs inside. */
export interface ChosenContext {
  readonly contexts: string[];
  readonly context: string;
  readonly server: URL;
  readonly user: string;
  /** Programs it would run, as they would be called. */
  readonly programs: string[];
  readonly insecure: boolean;
  /** A kubeconfig of this context only; certificates of files are in it. */
  readonly text: string;
}

const refused = (code: string, detail: string, more: Partial<Problem> = {}, cause?: unknown): ProblemError =>
  new ProblemError({ code, title: 'The kubeconfig cannot be used', detail, ...more }, { cause });

/** The text of a kubeconfig and the folder its relative paths start from. */
export async function readSource(source: { text?: string | undefined; path?: string | undefined }): Promise<{
  text: string;
  folder: string | undefined;
}> {
  if (source.text !== undefined && source.text.trim() !== '') return { text: source.text, folder: undefined };
  const given = source.path?.trim();
  if (!given)
    throw refused('kubeconfig-missing', 'Paste a kubeconfig, or name a file.', { fields: { path: 'Name a file.' } });
  const path = resolve(given.startsWith('~/') ? join(homedir(), given.slice(2)) : given);
  try {
    const { size } = await regularFile(path);
    if (size > sizeLimit) throw refused('kubeconfig-unreadable', `${path} has ${size} bytes; a kubeconfig is small.`);
    return { text: await readFile(path, 'utf8'), folder: dirname(path) };
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw refused('kubeconfig-unreadable', `${path}: ${detail}`, { fields: { path: detail } }, error);
  }
}

/** A device or a pipe says it has 0 bytes and never ends. */
async function regularFile(path: string): Promise<{ size: number }> {
  const found = await stat(path);
  if (!found.isFile()) throw refused('kubeconfig-unreadable', `${path} is no regular file.`);
  return found;
}

/** Takes one context out of a kubeconfig; relative file names are looked up in `folder` and their contents put inside. */
export async function chooseContext(
  text: string,
  folder: string | undefined,
  wanted: string | undefined,
): Promise<ChosenContext> {
  const config = parsed(text);
  const contexts = (config.contexts ?? []).map(({ name }) => name);
  if (contexts.length === 0) throw refused('kubeconfig-empty', 'It holds no context, so it names no cluster.');
  const context = wanted ?? config['current-context'] ?? (contexts.length === 1 ? contexts[0] : undefined);
  if (!context || !contexts.includes(context))
    throw refused(
      'kubeconfig-context',
      context ? `It has no context named "${context}".` : 'It has several contexts and none is current.',
      { fix: `Choose one of: ${contexts.join(', ')}.`, fields: { context: 'Choose one.' } },
    );
  const one = <T extends { name: string }>(list: T[] | null | undefined, name: unknown, what: string): T => {
    const found = (list ?? []).find((each) => each.name === name);
    if (!found) throw refused('kubeconfig-unreadable', `It has no ${what} named "${String(name)}".`);
    return found;
  };
  const chosen = one(config.contexts, context, 'context').context;
  const cluster = { ...one(config.clusters, chosen['cluster'], 'cluster').cluster };
  const user = chosen['user'] ? { ...one(config.users, chosen['user'], 'user').user } : {};
  const server = serverOf(cluster['server']);
  const proxy = cluster['proxy-url'];
  if (typeof proxy === 'string' && proxy !== '')
    throw refused('kubeconfig-proxy', `It reaches its cluster through the proxy ${proxy}.`, {
      cause: 'Hearth does not go through a proxy that a kubeconfig names.',
      fix: 'Use a kubeconfig with an address that can be reached directly.',
    });
  await inline(cluster, ['certificate-authority'], folder);
  await inline(user, ['client-certificate', 'client-key'], folder);
  if (typeof user['tokenFile'] === 'string') user['tokenFile'] = absolute(user['tokenFile'], folder);
  const programs = programsOf(user, folder);
  const userName = typeof chosen['user'] === 'string' ? chosen['user'] : 'user';
  const copy = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    contexts: [{ name: context, context: { ...chosen, user: userName } }],
    clusters: [{ name: chosen['cluster'], cluster }],
    users: [{ name: userName, user }],
  };
  return {
    contexts,
    context,
    server,
    user: userName,
    programs,
    insecure: cluster['insecure-skip-tls-verify'] === true || server.protocol === 'http:',
    text: stringify(copy),
  };
}

function parsed(text: string): z.infer<typeof fileSchema> {
  let raw: unknown;
  try {
    // With merge keys, as client-go and @kubernetes/client-node read them: what they would see is what is judged here.
    raw = parse(text, { maxAliasCount: 20, merge: true });
  } catch (error) {
    if (!(error instanceof YAMLParseError) && !(error instanceof ReferenceError)) throw error;
    throw refused('kubeconfig-unreadable', error.message, {}, error);
  }
  // One that is quoted is left over, and would be a merge once our copy is read by another library.
  if (holdsMergeKey(raw)) throw refused('kubeconfig-unreadable', 'It holds the key "<<" where no merge is possible.');
  const checked = fileSchema.safeParse(raw);
  if (checked.success) return checked.data;
  throw refused('kubeconfig-unreadable', `This is not a kubeconfig. ${z.prettifyError(checked.error)}`);
}

const holdsMergeKey = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).some(([key, inner]) => key === '<<' || holdsMergeKey(inner));

function serverOf(value: unknown): URL {
  const server = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (server && ['http:', 'https:'].includes(server.protocol)) return server;
  throw refused('kubeconfig-server', `"${String(value)}" is no address of an API server.`);
}

function absolute(path: string, folder: string | undefined): string {
  if (isAbsolute(path)) return path;
  if (folder) return join(folder, path);
  throw refused('kubeconfig-file-missing', `It names the file ${path}, and a pasted text has no folder to look in.`, {
    fix: 'Name the kubeconfig by its path, or use one with its certificates inside (`kubectl config view --flatten --raw`).',
  });
}

async function inline(
  stanza: Record<string, unknown>,
  fields: readonly string[],
  folder: string | undefined,
): Promise<void> {
  for (const field of fields) {
    const name = stanza[field];
    delete stanza[field];
    if (typeof name !== 'string' || name === '' || typeof stanza[`${field}-data`] === 'string') continue;
    const path = absolute(name, folder);
    try {
      const { size } = await regularFile(path);
      if (size > sizeLimit) throw refused('kubeconfig-file-missing', `${path} (${field}) is no certificate or key.`);
      stanza[`${field}-data`] = (await readFile(path)).toString('base64');
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw refused('kubeconfig-file-missing', `Its ${field} cannot be read: ${detail}`, {}, error);
    }
  }
}

/** What a user entry would run. A relative path of an exec plugin is meant from the kubeconfig's folder, as client-go does. */
function programsOf(user: Record<string, unknown>, folder: string | undefined): string[] {
  const programs: string[] = [];
  // Anything else than a stanza under these names would still make a client library look for programs by itself.
  for (const field of ['exec', 'auth-provider'])
    if (
      user[field] !== undefined &&
      user[field] !== null &&
      (typeof user[field] !== 'object' || Array.isArray(user[field]))
    )
      throw refused('kubeconfig-unreadable', `The ${field} of its user is not understood.`);
  const exec = user['exec'] as { command?: unknown; args?: unknown; env?: unknown } | null | undefined;
  if (exec && typeof exec === 'object') {
    const command = typeof exec.command === 'string' ? exec.command : '';
    const full = command.includes('/') ? absolute(command, folder) : command;
    user['exec'] = { ...exec, command: full };
    const env = (Array.isArray(exec.env) ? exec.env : []) as { name?: unknown; value?: unknown }[];
    const args = (Array.isArray(exec.args) ? exec.args : []).map(String);
    programs.push([...env.map(({ name, value }) => `${String(name)}=${String(value)}`), full, ...args].join(' '));
  }
  const provider = user['auth-provider'] as { name?: unknown; config?: Record<string, unknown> } | null | undefined;
  if (provider && typeof provider === 'object') {
    const command = provider.config?.['cmd-path'];
    const args = provider.config?.['cmd-args'];
    const called = [command, args].filter((each) => typeof each === 'string').join(' ');
    programs.push(`auth-provider ${String(provider.name)}${called ? `: ${called}` : ''}`);
    // @kubernetes/client-node runs this one too, wherever the rest of the stanza comes from.
    const inner = provider.config?.['exec'];
    if (inner !== undefined) programs.push(`auth-provider ${String(provider.name)}: ${JSON.stringify(inner)}`);
  }
  return programs;
}
