import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mode } from '../mode.ts';
import type { Store } from '../store.ts';
import { now } from '../store.ts';
import { readBody, send } from './http.ts';
import { nodes, pods, secrets } from './resources.ts';

export interface SpecialCall {
  readonly store: Store;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly segments: readonly string[];
}

/** Paths that are no plain objects: reviews, logs, metrics, tokens, a machine's start and stop. False: not one of them. */
export async function special(call: SpecialCall): Promise<boolean> {
  const { store, request, response, segments } = call;
  const path = segments.join('/');
  if (request.method === 'POST' && /^apis\/authorization\.k8s\.io\/v1\/selfsubjectaccessreviews$/.test(path)) {
    const review = await readBody(request);
    send(response, 201, { ...review, status: { allowed: true, reason: 'the stand-in allows everything' } });
    return true;
  }
  if (segments[1] === 'metrics.k8s.io') return metrics(call);
  const log = /^api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/log$/.exec(path);
  if (log) {
    const pod = store.need(pods, log[1], log[2] ?? '');
    const lines = pod.metadata.name?.startsWith('coredns')
      ? (mode().dnsLog ?? ['.:53', '[INFO] plugin/reload: Running configuration SHA512 = 0', 'CoreDNS-1.13.1'])
      : ['This is the stand-in: no container runs.'];
    send(response, 200, `${lines.join('\n')}\n`, 'text/plain');
    return true;
  }
  const account = /^api\/v1\/namespaces\/([^/]+)\/serviceaccounts\/([^/]+)\/token$/.exec(path);
  if (account && request.method === 'POST') {
    const token = randomBytes(32).toString('hex');
    store.create(secrets, account[1], { apiVersion: 'v1', kind: 'Secret', type: 'stand-in/token', metadata: { generateName: `${account[2]}-token-` }, stringData: { token } }); // prettier-ignore
    send(response, 201, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', status: { token, expirationTimestamp: '2099-01-01T00:00:00Z' } }); // prettier-ignore
    return true;
  }
  const eviction = /^api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/eviction$/.exec(path);
  if (eviction) {
    store.remove(pods, store.need(pods, eviction[1], eviction[2] ?? ''));
    send(response, 201, { kind: 'Status', apiVersion: 'v1', status: 'Success' });
    return true;
  }
  return power(call, path);
}

const strategies: Record<string, string> = { start: 'Always', stop: 'Halted', restart: 'Always' };
function power({ store, request, response }: SpecialCall, path: string): boolean {
  const [, namespace, name = '', action = ''] = /^apis\/subresources\.kubevirt\.io\/v1\/namespaces\/([^/]+)\/virtualmachines\/([^/]+)\/(\w+)$/.exec(path) ?? []; // prettier-ignore
  const runStrategy = strategies[action];
  if (request.method !== 'PUT' || !runStrategy) return false;
  const kind = { group: 'kubevirt.io', version: 'v1', plural: 'virtualmachines', kind: 'VirtualMachine', namespaced: true }; // prettier-ignore
  const machine = store.need(kind, namespace, name);
  store.update(kind, { ...machine, spec: { ...machine.spec, runStrategy } });
  const instances = { ...kind, plural: 'virtualmachineinstances', kind: 'VirtualMachineInstance' };
  const running = store.get(instances, namespace, name);
  if (running && action !== 'start') store.remove(instances, running);
  send(response, 202, '');
  return true;
}

function metrics({ store, response, segments }: SpecialCall): boolean {
  if (mode().metricsUnavailable) {
    send(response, 503, 'service unavailable\n', 'text/plain');
    return true;
  }
  const plural = segments.includes('pods') ? 'pods' : 'nodes';
  const namespace = segments[3] === 'namespaces' ? segments[4] : undefined;
  const rows = store.list(plural === 'pods' ? pods : nodes, namespace).map(({ metadata }) => ({
    metadata: { name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }), labels: metadata.labels ?? {} },
    timestamp: now(), window: '10s',
    ...(plural === 'pods' ? { containers: [{ name: 'main', usage: { cpu: '5m', memory: '40Mi' } }] } : { usage: { cpu: '250m', memory: '900Mi' } }),
  })); // prettier-ignore
  const kind = plural === 'pods' ? 'PodMetricsList' : 'NodeMetricsList';
  send(response, 200, { kind, apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items: rows });
  return true;
}
