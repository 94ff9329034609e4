import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:https';
import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtualMachineInstances, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { StatusError } from '../../../main/embedded/kube/status-error.ts';
import type { SubresourceRequest, UploadSink } from '../../../main/embedded/kube/subresource.ts';
import { apiLab } from '../../support/api-lab.ts';

let lab: Awaited<ReturnType<typeof apiLab>>;
let far: Server;
const served: Socket[] = [];
let flood = false;
let written = 0;
const received: { token: string; mode: string; size: number | undefined; bytes: number }[] = [];

const uploads: UploadSink = {
  issueToken: (namespace, claim) => `${namespace}-${claim}`,
  probe: (token) => (token === 'default-disk' ? { code: 200, message: '' } : { code: 401, message: 'bad token' }),
  accept: async (token, body, { mode, size }) => {
    if (token !== 'default-disk') return { code: 401, message: 'bad token' };
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) bytes += chunk.length;
    received.push({ token, mode, size, bytes });
    return { code: 200, message: '' };
  },
};

/** A source of bytes as QEMU's sockets are: a real socket that echoes, or floods. */
beforeAll(async () => {
  far = createServer((socket) => {
    served.push(socket);
    socket.on('error', () => socket.destroy());
    if (!flood) return void socket.pipe(socket);
    const chunk = randomBytes(64 * 1024);
    const pour = () => {
      while (!socket.destroyed && socket.write(chunk)) written += chunk.length;
    };
    socket.on('drain', pour);
    pour();
  });
  far.listen(0, '127.0.0.1');
  await once(far, 'listening');
  const open = async ({ name }: SubresourceRequest) => {
    if (name === 'off') throw new StatusError(409, 'Conflict', 'VMI is not running');
    const socket = connect((far.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  lab = await apiLab({
    uploads,
    metrics: () => Promise.resolve('kubevirt_vmi_info 1\n'),
    subresources: [
      { kind: 'stream', resource: virtualMachineInstances, name: 'console', open },
      { kind: 'stream', resource: virtualMachineInstances, name: 'vnc', open },
      { kind: 'call', resource: virtualMachineInstances, name: 'vnc/screenshot', method: 'GET', handle: () => Promise.resolve({ code: 200, bytes: { type: 'image/png', data: Buffer.from('png') } }) },
      { kind: 'call', resource: virtualMachineInstances, name: 'guestosinfo', method: 'GET', handle: () => Promise.resolve({ code: 500, text: 'VMI does not have guest agent connected' }) },
      { kind: 'call', resource: virtualMachines, name: 'start', method: 'PUT', handle: ({ body, dryRun }) => Promise.resolve({ code: 202, json: { body, dryRun } }) },
    ],
  }); // prettier-ignore
});
afterAll(async () => {
  await lab.close();
  for (const socket of served) socket.destroy();
  far.close();
});

const opened = async (client: WebSocket): Promise<WebSocket> => {
  await once(client, 'open');
  return client;
};
const call = (path: string, method = 'GET', body: string | Readable = '', headers: Record<string, string> = {}) =>
  new Promise<{ code: number; text: string; type: string | undefined }>((resolve, reject) => {
    const { hostname, port } = new URL(lab.server.address);
    const sent = request({ hostname, port, path, method, ca: lab.server.ca, agent: false, headers: { authorization: `Bearer ${lab.server.token}`, ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ code: response.statusCode ?? 0, text, type: response.headers['content-type'] }));
    }).on('error', reject);
    if (typeof body === 'string') sent.end(body);
    else body.pipe(sent);
  }); // prettier-ignore

describe('streams', () => {
  it('carries bytes both ways, in order and whole', async () => {
    const client = await opened(lab.stream('virtualmachineinstances/a/console'));
    expect(client.protocol).toBe('plain.kubevirt.io');
    const sent = randomBytes(3_000_000);
    const back: Buffer[] = [];
    let size = 0;
    const all = new Promise<void>((resolve) =>
      client.on('message', (data: Buffer, binary) => {
        expect(binary).toBe(true);
        back.push(data);
        if ((size += data.length) >= sent.length) resolve();
      }),
    );
    client.send('text messages are ignored');
    for (let at = 0; at < sent.length; at += 10_000) client.send(sent.subarray(at, at + 10_000));
    await all;
    expect(Buffer.concat(back).equals(sent)).toBe(true);
    client.close();
  });
  it('takes a client that offers no subprotocol, and a token in a subprotocol', async () => {
    (await opened(lab.stream('virtualmachineinstances/a/vnc', []))).close();
    const bearer = `base64url.bearer.authorization.k8s.io.${Buffer.from(lab.server.token).toString('base64url')}`;
    const client = await opened(lab.stream('virtualmachineinstances/a/vnc', [bearer, 'plain.kubevirt.io'], ''));
    expect(client.protocol).toBe('plain.kubevirt.io');
    client.close();
  });
  it.each([
    ['virtualmachineinstances/off/vnc', undefined, 409, 'VMI is not running'],
    ['virtualmachineinstances/a/nothing', undefined, 404, 'could not find'],
    ['virtualmachineinstances/a/vnc', 'wrong', 401, 'Unauthorized'],
  ])('refuses %s (token %s) before the upgrade with %i', async (path, token, code, text) => {
    const client = lab.stream(path, ['plain.kubevirt.io'], token ?? lab.server.token);
    client.on('error', () => undefined);
    const [, response] = (await once(client, 'unexpected-response')) as [unknown, Readable & { statusCode: number }];
    expect(response.statusCode).toBe(code);
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({
      kind: 'Status',
      code,
      message: expect.stringContaining(text) as string,
    });
  });
  it('ends on both sides when either ends', async () => {
    const client = await opened(lab.stream('virtualmachineinstances/a/vnc'));
    const source = served.at(-1);
    source?.end();
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(1000);
    const other = await opened(lab.stream('virtualmachineinstances/a/vnc'));
    const otherSource = served.at(-1);
    const gone = new Promise((resolve) => otherSource?.once('close', resolve));
    other.terminate();
    await gone;
  });
  it('keeps memory flat while a viewer does not read', async () => {
    flood = true;
    written = 0;
    const before = process.memoryUsage().rss;
    const client = await opened(lab.stream('virtualmachineinstances/a/vnc'));
    client.pause();
    // The source stalls once every buffer on the way is full; from then on nothing more is taken from it.
    let last = -1;
    while (written !== last) {
      last = written;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(written).toBeLessThan(32 * 1024 * 1024);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
    let got = 0;
    const more = new Promise<void>((resolve) =>
      client.on('message', (data: Buffer) => (got += data.length) > last + 10_000_000 && resolve()),
    );
    client.resume();
    await more;
    client.terminate();
    flood = false;
  });
});

describe('calls', () => {
  const base = '/apis/subresources.kubevirt.io/v1/namespaces/default';
  it('passes body and dryRun, in JSON, YAML and without a type', async () => {
    expect(JSON.parse((await call(`${base}/virtualmachines/a/start`, 'PUT', '{"paused":true,"dryRun":["All"]}')).text)).toEqual({ body: { paused: true, dryRun: ['All'] }, dryRun: true });
    expect(JSON.parse((await call(`${base}/virtualmachines/a/start`, 'PUT', 'paused: true\n')).text)).toEqual({ body: { paused: true }, dryRun: false });
    expect(await call(`${base}/virtualmachines/a/start`, 'PUT')).toMatchObject({ code: 202 });
    expect(await call(`${base}/virtualmachines/a/start`, 'POST')).toMatchObject({ code: 405 });
  }); // prettier-ignore
  it('answers pictures, plain texts and metrics as KubeVirt does', async () => {
    expect(await call(`${base}/virtualmachineinstances/a/vnc/screenshot`)).toEqual({ code: 200, text: 'png', type: 'image/png' });
    expect(await call(`${base}/virtualmachineinstances/a/guestosinfo`)).toMatchObject({ code: 500, text: 'VMI does not have guest agent connected', type: 'text/plain; charset=utf-8' });
    expect((await call('/api/v1/namespaces/kubevirt/pods/https:virt-handler-x:8443/proxy/metrics')).text).toContain('kubevirt_vmi_info');
    expect((await call('/api/v1/namespaces/kubevirt/pods/other/proxy/metrics')).code).toBe(404);
  }); // prettier-ignore
});

describe('uploads', () => {
  it('gives a token, then takes the bytes for it and for nothing else', async () => {
    const request = { apiVersion: 'upload.cdi.kubevirt.io/v1beta1', kind: 'UploadTokenRequest', metadata: { name: 'x' }, spec: { pvcName: 'disk' } };
    const made = await call('/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/default/uploadtokenrequests', 'POST', JSON.stringify(request), { 'content-type': 'application/json' });
    const { status } = JSON.parse(made.text) as { status: { token: string } };
    const auth = { authorization: `Bearer ${status.token}` };
    expect((await call('/v1beta1/upload-async', 'HEAD', '', auth)).code).toBe(200);
    const body = Readable.from((function* () { for (let i = 0; i < 100; i++) yield randomBytes(100_000); })());
    expect((await call('/v1beta1/upload-async', 'POST', body, { ...auth, 'content-length': '10000000' })).code).toBe(200);
    expect(received).toEqual([{ token: 'default-disk', mode: 'async', size: 10_000_000, bytes: 10_000_000 }]);
    expect((await call('/v1beta1/upload', 'POST', 'x', { authorization: '' })).code).toBe(400);
    expect((await call('/v1beta1/upload', 'POST', 'x', { authorization: 'Bearer nope' })).code).toBe(401);
  }); // prettier-ignore
});
