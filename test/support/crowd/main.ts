// A cluster with a great many machines, as a process of its own: `main.ts FOLDER MACHINES EVENTS` writes FOLDER/kubeconfig and says
// {"server"} when it listens. It serves lists in pages and watches; nothing can be written. POST /crowd/updates?rate=N changes N
// machines a second from then on, POST /crowd/events?rate=N tells as many new events, POST /crowd/expire ends all watches and
// forgets their history, POST /crowd/change?name=NAME changes one machine.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { authority, base64, certificate, kubeconfigOf } from '../cluster-doubles.ts';
import { readFixture } from '../scripted-cluster/fixture.ts';
import { apiVersion, servedKinds } from '../scripted-cluster/kinds.ts';
import { dataVolume, event, virtualMachine, virtualMachineInstance } from './objects.ts';

const [folder = '', ...counts] = process.argv.slice(2);
const [machines = 5000, events = 20_000] = counts.map(Number);
const fixture = readFixture('k3s-local-path');
let version = 1000;

interface Shelf {
  items: Map<string, { version: number; text: string }>;
  watches: Set<ServerResponse>;
}
const shelves = new Map<string, Shelf>();
const shelfOf = (path: string): Shelf => {
  const known = shelves.get(path) ?? { items: new Map(), watches: new Set() };
  shelves.set(path, known);
  return known;
};
const groups = new Map([['', ['v1']], ...Object.entries(fixture.groups)]);
for (const kind of servedKinds)
  if (groups.get(kind.group)?.includes(kind.version)) shelfOf(`${apiVersion(kind)}/${kind.plural}`);
function put(path: string, object: KubeObject, tell = true): void {
  const { items, watches } = shelfOf(path);
  const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  version += 1;
  object.metadata.resourceVersion = String(version);
  const text = JSON.stringify(object);
  const type = items.has(key) ? 'MODIFIED' : 'ADDED';
  items.set(key, { version, text });
  if (tell) for (const watch of watches) watch.write(`{"type":"${type}","object":${text}}\n`);
}
for (const object of fixture.objects) {
  const kind = servedKinds.find((each) => each.kind === object.kind && apiVersion(each) === object.apiVersion);
  if (kind)
    put(
      `${object.apiVersion}/${kind.plural}`,
      { ...object, metadata: { uid: `fixture-${version}`, ...object.metadata } },
      false,
    );
}
const paths = { vms: 'kubevirt.io/v1/virtualmachines', events: 'v1/events' };
for (let index = 0; index < machines; index += 1) {
  put(paths.vms, virtualMachine(index), false);
  put('kubevirt.io/v1/virtualmachineinstances', virtualMachineInstance(index), false);
  put('cdi.kubevirt.io/v1beta1/datavolumes', dataVolume(index), false);
}
for (let index = 0; index < events; index += 1) put(paths.events, event(index, machines), false);

const timers = new Map<string, NodeJS.Timeout>();
/** `work` so many times a second, in slices of 20 ms. */
function every(name: string, rate: number, work: () => void): void {
  clearInterval(timers.get(name));
  let owed = 0;
  if (rate > 0)
    timers.set(name, setInterval(() => {
      for (owed += rate / 50; owed >= 1; owed -= 1) work();
    }, 20));
} // prettier-ignore
let turn = 0;
let told = events;

function list(path: string, namespace: string | undefined, query: URLSearchParams): string {
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  const { items } = shelfOf(path);
  const all = [...items].filter(([key]) => key.startsWith(prefix));
  const from = Number(query.get('continue') ?? 0);
  const limit = Number(query.get('limit') ?? 0) || all.length;
  const more = from + limit < all.length ? { continue: String(from + limit) } : {};
  const labelled = query.has('labelSelector') || query.has('fieldSelector') ? [] : all;
  return `{"kind":"List","apiVersion":"v1","metadata":${JSON.stringify({ resourceVersion: String(version), ...more })},"items":[${labelled.slice(from, from + limit).map(([, { text }]) => text).join(',')}]}`; // prettier-ignore
}
function watch(path: string, query: URLSearchParams, response: ServerResponse): void {
  const { items, watches } = shelfOf(path);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const since = Number(query.get('resourceVersion') ?? 0);
  if (since < expired) return void response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' } })}\n`); // prettier-ignore
  for (const each of items.values())
    if (each.version > since) response.write(`{"type":"MODIFIED","object":${each.text}}\n`);
  watches.add(response);
  response.once('close', () => watches.delete(response));
}
let expired = 0;

const json = (response: ServerResponse, value: unknown, code = 200): void =>
  void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(value));
function answer(url: URL, response: ServerResponse, method: string): void {
  const segments = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const [root, one = '', two = ''] = segments;
  const rate = Number(url.searchParams.get('rate') ?? 0);
  if (root === 'crowd') {
    if (one === 'updates') every(one, rate, () => put(paths.vms, virtualMachine((turn = (turn + 1709) % machines), String(version)))); // prettier-ignore
    if (one === 'events') every(one, rate, () => put(paths.events, event((told += 1), machines)));
    if (one === 'change')
      put(paths.vms, virtualMachine(Number(url.searchParams.get('name')?.replace('machine-', '')), String(version)));
    if (one === 'expire') {
      expired = version += 1;
      for (const { watches } of shelves.values()) for (const each of watches) each.end();
    }
    return json(response, {});
  }
  if (root === 'version') return json(response, { gitVersion: fixture.version });
  if (method === 'POST' && one === 'authorization.k8s.io')
    return json(response, segments[3] === 'selfsubjectrulesreviews' ? { status: { resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }], nonResourceRules: [], incomplete: false } } : { status: { allowed: true } }, 201); // prettier-ignore
  if (root === 'apis' && segments.length === 1)
    return json(response, { groups: [...groups].filter(([name]) => name).map(([name, versions]) => ({ name, versions: versions.map((each) => ({ groupVersion: `${name}/${each}`, version: each })) })) }); // prettier-ignore
  const rest = segments.slice(root === 'apis' ? 3 : 2);
  const base = root === 'apis' ? `${one}/${two}` : one;
  const namespace = rest[0] === 'namespaces' && rest.length > 2 ? rest[1] : undefined;
  const [plural, name] = namespace === undefined ? rest : rest.slice(2);
  if (plural === undefined)
    return json(response, { resources: servedKinds.filter((kind) => apiVersion(kind) === base).map((kind) => ({ name: kind.plural, kind: kind.kind, namespaced: kind.namespaced, verbs: ['list', 'watch'] })) }); // prettier-ignore
  const path = `${base}/${plural}`;
  if (!shelves.has(path) || method !== 'GET') return json(response, { kind: 'Status', code: 404, reason: 'NotFound', message: `no ${path}` }, 404); // prettier-ignore
  if (name !== undefined) {
    const found = shelfOf(path).items.get(`${namespace ?? ''}/${name}`);
    return found
      ? void response.end(found.text)
      : json(response, { kind: 'Status', code: 404, reason: 'NotFound' }, 404);
  }
  if (url.searchParams.has('watch')) return watch(path, url.searchParams, response);
  response.writeHead(200, { 'content-type': 'application/json' }).end(list(path, namespace, url.searchParams));
}

const ca = await authority('crowd');
const { cert, key } = await certificate(ca, 300);
const server = createServer({ cert, key }, (request, response) => {
  request.resume();
  answer(new URL(request.url ?? '/', 'https://crowd'), response, request.method ?? 'GET');
});
server.listen(0, '127.0.0.1', () => {
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    join(folder, 'kubeconfig'),
    kubeconfigOf(address, { 'certificate-authority-data': base64(ca.cert) }, { token: 'crowd' }),
    { mode: 0o600 },
  );
  process.stdout.write(`${JSON.stringify({ server: address })}\n`);
});
