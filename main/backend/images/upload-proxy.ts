import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as tlsConnect, rootCertificates } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { ProblemError } from '../../contract/problem.ts';
import type { KubeClient } from '../target/client.ts';
import { answerError, isNotFound, isUnreachable, KubeError, unreachable } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import { openPodPort } from '../target/port-forward.ts';

const path = '/v1beta1/upload-async';
const proxyLabel = 'cdi.kubevirt.io=cdi-uploadproxy';
const proxyPort = 8443;
/** A name on the proxy's certificate, whatever namespace CDI lives in (containerized-data-importer pkg/operator/resources/cert). */
const proxyName = 'cdi-uploadproxy';
/** A whole upload may take this long. */
const uploadTime = 24 * 3600 * 1000;

export interface Upload {
  token: string;
  size: number;
  /** The bytes, from the first one; asked for once a way is found. */
  body: () => Readable;
  signal: AbortSignal;
}

/**
 * Sends one upload by the first way that this target has: the address that CDIConfig tells, a port-forward to the proxy's
 * Pod (as virtctl does), the API server itself where it takes uploads. Resolves once the bytes are in; CDI then converts.
 * Throws KubeError with the proxy's code: 401 the token is too old, 409 it has its data already, 503 not ready.
 */
export async function sendUpload(client: KubeClient, upload: Upload): Promise<void> {
  const pod = await proxyPod(client);
  const ca = pod ? await signer(client, pod.namespace) : undefined;
  const address = await proxyAddress(client);
  if (address && address.origin !== client.credentials.server.origin) {
    const port = address.port || '443';
    const open = (): Promise<TLSSocket> => tlsTo({ host: address.hostname.replace(/^\[|\]$/g, ''), port: Number(port), servername: serverName(address.hostname) }, ca, upload.signal); // prettier-ignore
    try {
      return await post(await open(), address.host, upload);
    } catch (error) {
      // Addresses of an Ingress are often good inside the cluster only.
      if (!pod || !(error instanceof KubeError) || !isUnreachable(error) || upload.signal.aborted) throw error;
    }
  }
  if (pod) {
    const socket = await openPodPort(client, pod, proxyPort, upload.signal);
    return post(await tlsTo({ socket, servername: proxyName }, ca, upload.signal), proxyName, upload);
  }
  await atServer(client, upload);
}

/** CDI answers with a Status or a line of text. */
async function finished(response: IncomingMessage, request: string): Promise<void> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text = (text + String(chunk)).slice(0, 64 * 1024);
  const code = response.statusCode ?? 0;
  if (code < 200 || code >= 300) throw answerError(code, text, request);
}

async function post(socket: TLSSocket, host: string, { token, size, body, signal }: Upload): Promise<void> {
  const request = httpsRequest({
    createConnection: () => socket,
    method: 'POST',
    path,
    signal,
    headers: {
      host,
      authorization: `Bearer ${token}`,
      'content-type': 'application/octet-stream',
      'content-length': String(size),
    },
  });
  const source = body();
  try {
    // It may refuse before it has read all bytes: the answer counts, not the broken pipe.
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
    });
    pipeline(source, request).catch(() => undefined); // told by `answered`
    await finished(await answered, `POST ${path}`);
  } catch (error) {
    if (error instanceof ProblemError || (error instanceof Error && error.name === 'AbortError')) throw error;
    throw unreachable(new URL(`https://${host}`), `POST ${path}`, error);
  } finally {
    source.destroy();
    socket.destroy();
  }
}

async function atServer(client: KubeClient, { token, size, body, signal }: Upload): Promise<void> {
  const source = body();
  try {
    const answer = await client.open('POST', path, {
      stream: source,
      contentType: 'application/octet-stream',
      headers: { authorization: `Bearer ${token}`, 'content-length': String(size) },
      signal,
      timeoutMs: uploadTime,
    });
    answer.resume();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new ProblemError(
      {
        code: 'upload-no-way',
        title: 'The target’s upload door cannot be reached',
        detail: 'CDI tells no address of its upload proxy, and its Pod (cdi-uploadproxy) is not seen.',
        fix: 'Ask the administrator to let you port-forward to cdi-uploadproxy, or to set uploadProxyURLOverride of CDI; an image from an address (URL) works without.',
      },
      { cause: error },
    );
  } finally {
    source.destroy();
  }
}

const serverName = (host: string): string => (/^[\d.]+$|:/.test(host) ? '' : host);

async function tlsTo(
  to: { host: string; port: number; servername: string } | { socket: import('node:stream').Duplex; servername: string },
  ca: string | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { servername, ...where } = to;
  const socket = tlsConnect({
    ...where,
    ...(servername && { servername }),
    ALPNProtocols: ['http/1.1'],
    ca: [...rootCertificates, ...(ca ? [ca] : [])],
  });
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  const host = 'host' in to ? `${to.host}:${to.port}` : servername;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.setTimeout(15_000, () => reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })));
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
    });
    socket.setTimeout(0);
    return socket;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw new DOMException('aborted', 'AbortError');
    throw unreachable(new URL(`https://${host}`), `POST ${path}`, error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What this user may not see is not there for them. */
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof KubeError && (error.code === 404 || error.code === 403)) return undefined;
    throw error;
  }
}

async function proxyAddress(client: KubeClient): Promise<URL | undefined> {
  const config = await orNothing(client.get(kinds.cdiConfigs, undefined, 'config'));
  const told = pickText(config, 'status', 'uploadProxyURL');
  if (!told) return undefined;
  // As CDI writes it: with or without the scheme.
  return new URL(told.includes('://') ? told : `https://${told}`);
}

async function proxyPod(client: KubeClient): Promise<{ namespace: string; name: string } | undefined> {
  const pods = await orNothing(client.list(kinds.pods, undefined, proxyLabel));
  const ready = pods?.find((each) => pickText(each, 'status', 'phase') === 'Running');
  const { namespace, name } = ready?.metadata ?? {};
  return namespace && name ? { namespace, name } : undefined;
}

async function signer(client: KubeClient, namespace: string): Promise<string | undefined> {
  const bundle = await orNothing(client.get(kinds.configMaps, namespace, 'cdi-uploadproxy-signer-bundle'));
  return pickText(bundle, 'data', 'ca-bundle.crt');
}
