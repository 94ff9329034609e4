import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect as tlsConnect, rootCertificates } from 'node:tls';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { openPodPort } from '../target/port-forward.ts';
import { unreachable } from '../target/kube-error.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';

/** KubeVirt knows raw and gzip. */
export type LinkFormat = 'qcow2' | 'qcow2-plain' | 'raw' | 'gzip';
/** Where one disk of an export is fetched, in the best form that the target offers. */
export interface Link {
  url: string;
  /** CA that the server's certificate is of. */
  cert: string;
  format: LinkFormat;
  /** Only inside the cluster: it is reached through its Pod. */
  pod?: { namespace: string; name: string };
}
/** Port of KubeVirt's export server in its Pod (pkg/storage/export/export). */
const exporterPort = 8443;

/** The link of a volume, in the first of these formats that there is; `names`: of its claim and of the machine's volume. Pure. */
export function linkOf(
  object: KubeObject,
  names: readonly string[],
  wanted: readonly LinkFormat[] = ['qcow2', 'gzip'],
): Link | undefined {
  const { namespace = '', name = '' } = object.metadata;
  for (const side of ['external', 'internal'] as const) {
    const volume = pickList(object, 'status', 'links', side, 'volumes').find((each) =>
      names.includes(String(each['name'])),
    );
    const formats = pickList(volume, 'formats');
    const format = wanted.find((name) => formats.some((each) => each['format'] === name));
    const url = pickText(formats.find((each) => each['format'] === format), 'url'); // prettier-ignore
    if (format === undefined || url === undefined) continue;
    const service = pickText(object, 'status', 'serviceName') ?? `virt-export-${name}`;
    return {
      url,
      cert: pickText(object, 'status', 'links', side, 'cert') ?? '',
      format,
      ...(side === 'internal' && new URL(url).hostname.endsWith('.svc') ? { pod: { namespace, name: service } } : {}),
    };
  }
  return undefined;
}

/** The answer with a 2xx code, its body not read yet. Throws ProblemError, AbortError. */
export async function openLink(
  { client }: OpenTarget,
  link: Link,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const url = new URL(link.url);
  const ca = [...rootCertificates, ...(link.cert ? [link.cert] : [])];
  const tunnel = link.pod && (await openPodPort(client, link.pod, exporterPort, signal));
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpsRequest(url, {
      ca,
      headers,
      signal,
      // With an agent, Node passes createConnection over and looks the name up, which only the cluster knows.
      ...(tunnel
        ? { createConnection: () => tlsConnect({ socket: tunnel, servername: url.hostname, ca }) }
        : { agent: false }),
    });
    request.once('response', resolve);
    request.once('error', (error) => {
      tunnel?.destroy();
      reject(
        signal.aborted ? new DOMException('aborted', 'AbortError') : unreachable(url, `GET ${url.pathname}`, error),
      );
    });
    request.end();
  });
  const code = answer.statusCode ?? 0;
  if (code >= 200 && code < 300) return answer;
  let text = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer) text = (text + String(chunk)).slice(0, 2000);
  throw new ProblemError({
    code: 'export-download-refused',
    title: 'The target does not hand out the disk',
    detail: text.trim() || `It answered with code ${code}.`,
    fix: 'Try again; where it stays so, look at the events of the VirtualMachineExport.',
    command: `GET ${url.pathname}`,
  });
}
