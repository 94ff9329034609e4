import { X509Certificate } from 'node:crypto';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { inBrackets } from '../../../contract/box/address.ts';
import { ProblemError } from '../../../contract/problem.ts';

const data = z
  .string()
  .min(1)
  .max(256 * 1024)
  .regex(/^[A-Za-z0-9+/=\s]+$/, 'Not base64.');
/** Closed: a program to run, a file of this computer or a proxy has no place in what a box hands over. */
const fileSchema = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Config'),
  preferences: z.strictObject({}).optional(),
  'current-context': z.string().max(253),
  contexts: z.array(z.strictObject({ name: z.string(), context: z.strictObject({ cluster: z.string(), user: z.string(), namespace: z.string().optional() }) })).length(1),
  clusters: z.array(z.strictObject({ name: z.string(), cluster: z.strictObject({ server: z.url({ protocol: /^https$/ }), 'certificate-authority-data': data }) })).length(1),
  users: z.array(z.strictObject({
    name: z.string(),
    user: z.union([
      z.strictObject({ 'client-certificate-data': data, 'client-key-data': data }),
      z.strictObject({ token: z.string().min(1).max(8192) }),
    ]),
  })).length(1),
}); // prettier-ignore

export interface CheckedKubeconfig {
  /** Dialled at `host`, which has no zone: a kubeconfig cannot name one. */
  server: URL;
  ca: Buffer;
  text(serverName?: string): string;
}

/**
 * The kubeconfig that a box handed over, as one of ours. Its server must be one of the box's own addresses, is then dialled
 * where the box was reached, and its authority must be inside. Pure; throws the Problem `box-kubeconfig-refused`.
 */
export function checkKubeconfig(
  text: string,
  box: { name: string; host: string; addresses: readonly string[] },
): CheckedKubeconfig {
  if (text.length > 1024 * 1024) throw refused(`It has ${text.length} letters.`);
  let raw: unknown;
  try {
    raw = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error), error);
  }
  const checked = fileSchema.safeParse(raw);
  if (!checked.success) throw refused(z.prettifyError(checked.error));
  const [{ cluster } = never()] = checked.data.clusters;
  const [{ user } = never()] = checked.data.users;
  const server = new URL(cluster.server);
  const own = ['127.0.0.1', 'localhost', box.host, ...box.addresses].flatMap((each) => {
    const url = `https://${inBrackets(each.replace(/%.*$/, ''))}`;
    return URL.canParse(url) ? hostOf(new URL(url)) : [];
  });
  if (!own.includes(hostOf(server))) throw refused(`Its server ${server.host} is none of the addresses of the box (${own.slice(2).join(', ')}).`);
  if (server.username !== '' || server.search !== '' || !['', '/'].includes(server.pathname)) throw refused(`Its server ${server.href} is more than an address.`);
  server.hostname = inBrackets(box.host);
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64');
  try {
    if (!new X509Certificate(ca).ca) throw new Error('it is no authority');
  } catch (error) {
    throw refused(`Its certificate authority cannot be used: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const { name } = box;
  return {
    server,
    ca,
    text: (serverName) =>
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name, cluster: { server: server.origin, 'certificate-authority-data': ca.toString('base64'), ...(serverName !== undefined && { 'tls-server-name': serverName }) } }],
        users: [{ name: `${name}-admin`, user }],
        contexts: [{ name, context: { cluster: name, user: `${name}-admin` } }],
        'current-context': name,
      }),
  };
} // prettier-ignore

/** IPv6 without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replaceAll(/^\[|\]$/g, '');

const never = (): never => {
  throw refused('It is empty.');
};

const refused = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'box-kubeconfig-refused',
      title: 'The access to its cluster that the box handed over is not used',
      detail: detail.slice(0, 1000),
      cause:
        'A box hands over one cluster, itself, with its authority inside and nothing to run. This is something else.',
      fix: 'Update the box. If it is up to date, look who else can sign in to it.',
    },
    { cause },
  );
