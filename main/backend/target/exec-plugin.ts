import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { ProblemError } from '../../contract/problem.ts';
import { runProcess } from '../process.ts';

/** What a program that a kubeconfig names gave us to sign in with. */
export interface PluginCredential {
  token?: string;
  /** Client certificate and its key, PEM. */
  tls?: { cert: string; key: string };
  /** Milliseconds since 1970; undefined: it says none, and is good until we end. */
  expires?: number;
}

/** `users[].user.exec` (kubernetes.io/docs/reference/config-api/kubeconfig.v1, ExecConfig). */
const stanzaSchema = z
  .object({
    command: z.string().min(1),
    args: z.array(z.string()).nullish(),
    env: z.array(z.object({ name: z.string().min(1), value: z.string() })).nullish(),
    apiVersion: z.string().default('client.authentication.k8s.io/v1'),
    installHint: z.string().optional(),
    provideClusterInfo: z.boolean().optional(),
  })
  .loose();
type Stanza = z.infer<typeof stanzaSchema>;

/** kubernetes.io/docs/reference/config-api/client-authentication.v1; v1beta1 and v1alpha1 have the same status. */
const credentialSchema = z.object({
  kind: z.literal('ExecCredential'),
  status: z.object({
    expirationTimestamp: z.iso.datetime({ offset: true }).nullish(),
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
  }),
});

/**
 * The program of a kubeconfig's user, run when credentials are asked for and the last ones ended; once for all who ask at
 * the same time. Throws a Problem that names the program. It has no terminal: one that wants to ask something must have
 * been signed in by hand. `timeoutMs`: 30 s unless told.
 */
export function execPlugin(
  stanza: unknown,
  options: { folder: string; cluster: Record<string, unknown>; timeoutMs?: number },
): () => Promise<PluginCredential> {
  let last: PluginCredential | undefined;
  let running: Promise<PluginCredential> | undefined;
  return async () => {
    if (last && (last.expires === undefined || last.expires > Date.now())) return last;
    running ??= ask(stanza, options)
      .then((given) => (last = given))
      .finally(() => (running = undefined));
    return running;
  };
}

async function ask(raw: unknown, options: Parameters<typeof execPlugin>[1]): Promise<PluginCredential> {
  const checked = stanzaSchema.safeParse(raw);
  if (!checked.success)
    throw new ProblemError({
      code: 'kubeconfig-unreadable',
      title: 'The kubeconfig cannot be used',
      detail: `Its user names a program (exec) in a way that is not understood. ${z.prettifyError(checked.error)}`,
      fix: 'Check the file with `kubectl --kubeconfig FILE config view`.',
    });
  const stanza = checked.data;
  const timeoutMs = options.timeoutMs ?? 30_000;
  const { command, args, env, installHint } = stanza;
  // As client-go does: a name is looked for in PATH, a relative path beside the kubeconfig.
  const program = command.includes('/') && !isAbsolute(command) ? join(options.folder, command) : command;
  const argv = [program, ...(args ?? [])];
  const words = { command: argv.join(' '), kind: 'failed' as const };
  let result: Awaited<ReturnType<typeof runProcess>>;
  try {
    result = await runProcess(argv, {
      timeoutMs,
      graceMs: 1000,
      limit: 1024 * 1024,
      env: {
        ...process.env,
        KUBERNETES_EXEC_INFO: infoFor(stanza, options.cluster),
        ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      },
    });
  } catch (error) {
    const missing = error instanceof ProblemError && error.problem.code === 'program-missing';
    throw new ProblemError(
      {
        ...words,
        code: missing ? 'credential-program-missing' : 'credential-program-failed',
        title: 'The sign-in program of the kubeconfig cannot be run',
        detail: missing ? `${program} is not installed, or not in PATH.` : `${program}: ${String(error)}`,
        fix: installHint ?? `Install ${program}, or get a kubeconfig that signs in without it.`,
      },
      { cause: error },
    );
  }
  // Only what it says to people: credentials are on stdout.
  const said = stripVTControlCharacters(result.stderr).trim().split('\n').filter(Boolean).slice(-10);
  if (result.timedOut)
    throw new ProblemError({
      ...words,
      code: 'credential-program-slow',
      title: 'The sign-in program of the kubeconfig does not end',
      detail: `${program} gave no credentials within ${timeoutMs / 1000} s, and was ended.`,
      cause: 'It waits for a browser, for a question on a terminal, or for a network that does not answer.',
      fix: 'Run the command below in a terminal and sign in there; then try again.',
      output: said,
    });
  if (result.code !== 0)
    throw new ProblemError({
      ...words,
      code: 'credential-program-failed',
      title: 'The sign-in program of the kubeconfig failed',
      detail: `${program} ended with ${result.code === null ? 'a signal' : `code ${result.code}`}${said.length > 0 ? `: ${said.at(-1) ?? ''}` : '.'}`,
      fix: 'Run the command below in a terminal; most often it wants a new sign-in. Then try again.',
      output: said,
    });
  const given = credentialOf(result.stdout);
  if (typeof given !== 'string') return given;
  throw new ProblemError({
    ...words,
    code: 'credential-program-nonsense',
    title: 'The sign-in program of the kubeconfig gave no credentials',
    detail: `${program} ended well, but ${given}.`,
    fix: 'Look whether the program, and the version of it that the kubeconfig asks for, fit together.',
    output: said,
  });
}

/** What was given, or in words why it cannot be used. The words hold nothing of what was printed: it may be a secret. */
function credentialOf(text: string): PluginCredential | string {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return 'what it printed is not JSON';
    throw error;
  }
  const checked = credentialSchema.safeParse(raw);
  if (!checked.success)
    return `what it printed is no ExecCredential (${checked.error.issues[0]?.path.join('.') ?? ''})`;
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = checked.data.status;
  if (Boolean(cert) !== Boolean(key)) return 'it gave a certificate or a key without the other';
  if (!token && !cert) return 'it gave neither a token nor a certificate';
  const tls = cert && key ? { cert, key } : undefined;
  const ends = tls && certificateEnd(tls);
  if (typeof ends === 'string') return ends;
  const expires = expirationTimestamp ? Date.parse(expirationTimestamp) : ends;
  return { ...(token && { token }), ...(tls && { tls }), ...(expires !== undefined && { expires }) };
}

function certificateEnd({ cert, key }: { cert: string; key: string }): number | string {
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return 'its key is not that of its certificate';
    return certificate.validToDate.getTime();
  } catch {
    return 'its certificate or its key cannot be read'; // OpenSSL's own words say no more
  }
}

/** The variable that tells a program what it is asked for. */
function infoFor({ apiVersion, provideClusterInfo }: Stanza, cluster: Record<string, unknown>): string {
  const { extensions, server } = cluster;
  const named = (Array.isArray(extensions) ? extensions : []) as { name?: unknown; extension?: unknown }[];
  const config = named.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension;
  const known = ['tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority-data'] as const;
  const about = {
    server,
    ...Object.fromEntries(
      known.filter((field) => cluster[field] !== undefined).map((field) => [field, cluster[field]]),
    ),
    ...(config !== undefined && { config }),
  };
  return JSON.stringify({
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(provideClusterInfo && { cluster: about }) },
  });
}
