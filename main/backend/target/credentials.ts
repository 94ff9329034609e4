import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ProblemError } from '../../contract/problem.ts';
import { execPlugin } from './exec-plugin.ts';
import type { PluginCredential } from './exec-plugin.ts';

/** How to reach one API server. */
export interface Credentials {
  readonly server: URL;
  /** The user as the kubeconfig has them: another one may see other things. */
  readonly user?: unknown;
  /** The context's namespace: where a user is at home who may not look at the whole cluster. Without one: default. */
  readonly namespace?: string | undefined;
  /**
   * TLS material; the same for requests and for WebSockets. Read it after `headers()`: a program that is asked there may
   * give a client certificate. Another object each time that it changed.
   */
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;
  /** Asked before every request, since tokens expire. */
  headers(): Promise<Record<string, string>>;
}

const entry = <T extends z.ZodType>(field: string, shape: T) =>
  z.array(z.object({ name: z.string(), [field]: shape }).loose()).default([]);
const kubeconfigSchema = z
  .object({
    'current-context': z.string(),
    contexts: entry(
      'context',
      z.object({ cluster: z.string(), user: z.string(), namespace: z.string().optional() }).loose(),
    ),
    clusters: entry(
      'cluster',
      z
        .object({
          server: z.url({ protocol: /^https?$/ }),
          'certificate-authority': z.string().optional(),
          'certificate-authority-data': z.string().optional(),
          'insecure-skip-tls-verify': z.boolean().optional(),
          'tls-server-name': z.string().optional(),
        })
        .loose(),
    ),
    users: entry('user', z.record(z.string(), z.unknown())),
  })
  .loose();

const broken = (path: string, detail: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'kubeconfig-unreadable',
      title: 'The kubeconfig cannot be used',
      detail: `${path}: ${detail}`,
      fix: 'Check the file with `kubectl --kubeconfig FILE config view`.',
    },
    { cause },
  );

/**
 * Reads the current context of a kubeconfig. Plain credentials (token, client certificate, basic) are read here, those of
 * programs (exec) when they are needed; for auth providers, which kubectl itself gave up in 1.26, @kubernetes/client-node is
 * loaded, which costs half a second and 90 MB.
 */
export async function readCredentials(path: string): Promise<Credentials> {
  let raw: unknown;
  try {
    raw = parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw broken(path, error instanceof Error ? error.message : String(error), error);
  }
  const checked = kubeconfigSchema.safeParse(raw);
  if (!checked.success) throw broken(path, z.prettifyError(checked.error));
  const config = checked.data;
  const named = (list: Record<string, unknown>[], name: string, field: string): Record<string, unknown> => {
    const found = list.find((each) => each['name'] === name)?.[field];
    if (!found) throw broken(path, `there is no ${field} named "${name}".`);
    return found as Record<string, unknown>;
  };
  const context = named(config.contexts, config['current-context'], 'context') as {
    cluster: string;
    user: string;
    namespace?: string;
  };
  const cluster = named(config.clusters, context.cluster, 'cluster');
  const user = named(config.users, context.user, 'user');
  const text = (from: Record<string, unknown>, field: string): string | undefined =>
    typeof from[field] === 'string' ? from[field] : undefined;
  const bytes = async (from: Record<string, unknown>, field: string): Promise<Buffer | undefined> => {
    const inline = text(from, `${field}-data`);
    if (inline) return Buffer.from(inline, 'base64');
    const file = text(from, field);
    return file ? readFile(isAbsolute(file) ? file : join(dirname(path), file)) : undefined;
  };
  const [ca, cert, key] = await Promise.all([
    bytes(cluster, 'certificate-authority'),
    bytes(user, 'client-certificate'),
    bytes(user, 'client-key'),
  ]);
  const servername = text(cluster, 'tls-server-name');
  const tls: Credentials['tls'] = {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(servername && { servername }),
    ...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
  };
  const place = { server: new URL(text(cluster, 'server') ?? ''), user, namespace: context.namespace };
  if (user['exec']) {
    const told = { folder: dirname(path), cluster: withAuthority(cluster, ca) };
    return fromProgram(place, tls, execPlugin(user['exec'], told));
  }
  return { ...place, tls, headers: await headersOf(path, user) };
}

/** Programs are told the authority itself, whether it stands in the kubeconfig or in a file. */
const withAuthority = (cluster: Record<string, unknown>, ca: Buffer | undefined): Record<string, unknown> =>
  ca ? { ...cluster, 'certificate-authority-data': ca.toString('base64') } : cluster;

function fromProgram(
  place: Pick<Credentials, 'server' | 'user' | 'namespace'>,
  plain: Credentials['tls'],
  ask: () => Promise<PluginCredential>,
): Credentials {
  let tls = plain;
  let own: PluginCredential['tls'];
  return {
    ...place,
    get tls() {
      return tls;
    },
    async headers() {
      const given = await ask();
      if (given.tls?.cert !== own?.cert || given.tls?.key !== own?.key) {
        own = given.tls;
        tls = { ...plain, ...own };
      }
      return given.token ? { authorization: `Bearer ${given.token}` } : {};
    },
  };
}

async function headersOf(path: string, user: Record<string, unknown>): Promise<Credentials['headers']> {
  if (user['auth-provider']) {
    const { KubeConfig } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    config.loadFromFile(path);
    return async () => {
      const options: RequestOptions = { headers: {} };
      await config.applyToHTTPSOptions(options);
      return options.headers as Record<string, string>;
    };
  }
  const tokenFile = user['tokenFile'];
  if (typeof tokenFile === 'string')
    return async () => ({ authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` });
  const value =
    typeof user['token'] === 'string'
      ? `Bearer ${user['token']}`
      : typeof user['username'] === 'string'
        ? `Basic ${Buffer.from(`${user['username']}:${String(user['password'])}`).toString('base64')}`
        : undefined;
  const headers: Record<string, string> = value ? { authorization: value } : {};
  return async () => headers;
}
