import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { k3sProgram } from './stand-in-program.ts';
import { cdiOperator, kubeVirtOperator, snapshotCrd } from './operators.ts';

/** What goes wrong with one file. */
export type Fault =
  | { kind: 'slow'; bytesPerSecond: number }
  /** The connection breaks after so many bytes of an answer; `times` answers, for ever unless told. */
  | { kind: 'drop'; at: number; times?: number }
  /** The right length, but the last byte is another. */
  | { kind: 'wrong' }
  | { kind: 'status'; code: number; times?: number }
  /** Ranges are not heeded: every answer is the whole file. */
  | { kind: 'no-range' };

export interface Request {
  readonly path: string;
  readonly range: string | undefined;
  readonly code: number;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const github = (repository: string, tag: string, file: string): string =>
  `/github.com/${repository}/releases/download/${tag.replaceAll('+', '%2B')}/${file}`;

/** Where a mirror finds what Hearth fetches: `MIRROR/<host>/<path>`, on 127.0.0.1 of this computer. */
export class Mirror {
  readonly #server: Server;
  readonly #files = new Map<string, Buffer>();
  readonly #faults = new Map<string, Fault>();
  readonly requests: Request[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }
  /** An empty mirror; `port` picks one where the guest's settings must stay the same over a restart. */
  static async open(port = 0): Promise<Mirror> {
    const server = createServer();
    const mirror = new Mirror(server);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return mirror;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  /** For settings.mirror where Hearth runs here. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  /** For settings.mirror where Hearth runs in the guest. */
  get urlFromGuest(): string {
    return `http://10.0.2.2:${this.port}`;
  }

  /** Serves a file at the address it really has. */
  serve(url: string, content: Uint8Array | string): void {
    const { host, pathname } = new URL(url);
    this.#files.set(`/${host}${pathname}`, Buffer.from(content));
  }

  /**
   * A release of k3s with the stand-in as its program (or HEARTH_K3S), its checksums and, unless left out, an archive of
   * images. The digests that Hearth pins are of the real files: with the stand-in take releases that it pins nothing of.
   */
  async serveK3s(version: string, options: { images?: boolean } = {}): Promise<void> {
    const program = await k3sProgram(version);
    const files: [string, Buffer][] = [['k3s', program]];
    if (options.images) files.push(['k3s-airgap-images-amd64.tar.zst', Buffer.from(`images of ${version}\n`.repeat(2000))]);
    for (const [name, bytes] of files) this.#files.set(github('k3s-io/k3s', version, name), bytes);
    const sums = files.map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`).join('');
    this.#files.set(github('k3s-io/k3s', version, 'sha256sum-amd64.txt'), Buffer.from(sums));
  }
  serveKubeVirt(version: string): void {
    this.#files.set(github('kubevirt/kubevirt', version, 'kubevirt-operator.yaml'), Buffer.from(kubeVirtOperator(version)));
    this.#files.set(github('kubevirt/kubevirt', version, `virtctl-${version}-linux-amd64`), Buffer.from(`#!/bin/sh\necho "Client Version: ${version} (stand-in)"\n`));
  }
  serveCdi(version: string): void {
    this.#files.set(github('kubevirt/containerized-data-importer', version, 'cdi-operator.yaml'), Buffer.from(cdiOperator(version)));
  }
  /** What a pool needs besides: the kinds of snapshots and their controller, cut short. */
  serveSnapshotter(version: string): void {
    const base = `/raw.githubusercontent.com/kubernetes-csi/external-snapshotter/${version}`;
    for (const [plural, kind, namespaced] of [['volumesnapshotclasses', 'VolumeSnapshotClass', false], ['volumesnapshotcontents', 'VolumeSnapshotContent', false], ['volumesnapshots', 'VolumeSnapshot', true]] as const)
      this.#files.set(`${base}/client/config/crd/snapshot.storage.k8s.io_${plural}.yaml`, Buffer.from(snapshotCrd(kind, plural, namespaced)));
    const folder = `${base}/deploy/kubernetes/snapshot-controller`;
    this.#files.set(`${folder}/rbac-snapshot-controller.yaml`, Buffer.from('apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: snapshot-controller\n  namespace: kube-system\n'));
    this.#files.set(`${folder}/setup-snapshot-controller.yaml`, Buffer.from('apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: snapshot-controller\n  namespace: kube-system\nspec:\n  replicas: 1\n  selector:\n    matchLabels: {app: snapshot-controller}\n  template:\n    metadata:\n      labels: {app: snapshot-controller}\n    spec:\n      containers:\n        - name: snapshot-controller\n          image: registry.k8s.io/sig-storage/snapshot-controller:v8.5.0\n'));
  }

  /** From now on this goes wrong with every file whose address ends so; undefined: nothing more. */
  fault(end: string, fault: Fault | undefined): void {
    if (fault) this.#faults.set(end, fault);
    else this.#faults.delete(end);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #faultOf(path: string): Fault | undefined {
    const found = [...this.#faults].find(([end]) => path.endsWith(end));
    if (!found) return undefined;
    const [end, fault] = found;
    if ((fault.kind !== 'status' && fault.kind !== 'drop') || fault.times === undefined) return fault;
    if (fault.times <= 1) this.#faults.delete(end);
    else this.#faults.set(end, { ...fault, times: fault.times - 1 });
    return fault;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const { range } = request.headers;
    const fault = this.#faultOf(path);
    const file = this.#files.get(path) ?? this.#files.get(path.replaceAll('+', '%2B')) ?? this.#files.get(decodeURIComponent(path));
    const end = (code: number): void => {
      this.requests.push({ path, range, code });
    };
    if (fault?.kind === 'status' || !file) {
      const code = fault?.kind === 'status' ? fault.code : 404;
      end(code);
      response.writeHead(code, { 'content-type': 'text/plain', ...(code === 503 && { 'retry-after': '1' }) }).end(`${code}\n`);
      return;
    }
    const [, from] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
    const start = from !== undefined && fault?.kind !== 'no-range' ? Number(from) : undefined;
    const etag = `"${sha256(file).slice(0, 16)}"`;
    if (start !== undefined && start >= file.length) {
      end(416);
      response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
      return;
    }
    const whole = fault?.kind === 'wrong' ? Buffer.concat([file.subarray(0, -1), Buffer.from([(file.at(-1) ?? 0) ^ 1])]) : file;
    const body = whole.subarray(start ?? 0);
    end(start === undefined ? 200 : 206);
    response.writeHead(start === undefined ? 200 : 206, {
      'content-length': body.length, 'content-type': 'application/octet-stream', etag,
      ...(fault?.kind !== 'no-range' && { 'accept-ranges': 'bytes' }),
      ...(start !== undefined && { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }),
    });
    if (request.method === 'HEAD') return void response.end();
    if (fault?.kind === 'drop') {
      response.write(body.subarray(0, Math.max(0, fault.at - (start ?? 0))), () => setTimeout(() => response.destroy(), 300)); // what was sent has arrived then
      return;
    }
    if (fault?.kind !== 'slow') return void response.end(body);
    const piece = Math.max(1, Math.floor(fault.bytesPerSecond / 10));
    for (let at = 0; at < body.length && !response.destroyed; at += piece) {
      response.write(body.subarray(at, at + piece));
      await wait(100);
    }
    response.end();
  }
} // prettier-ignore

/** Size of what HEARTH_K3S names, for tests that only make sense with the real program. */
export const realK3s = async (): Promise<number | undefined> => {
  const path = process.env['HEARTH_K3S'];
  return path ? (await stat(path)).size : undefined;
};
