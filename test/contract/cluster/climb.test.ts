import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RungState } from '../../../main/contract/appliance.ts';
import type { WebSocket } from 'ws';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { PlaceObservation } from '../../../provisioning/ladder/observations.ts';
import { smokeSign } from '../../../provisioning/manifests/smoke-disk.ts';
import { scriptedApi, status } from './scripted-api.ts';
import type { ScriptedApi } from './scripted-api.ts';
import { smokePath, standingCluster } from './standing.ts';

let api: ScriptedApi;
beforeEach(async () => {
  api = await scriptedApi();
});
afterEach(() => api.close());

const { signal } = new AbortController();
const problemOf = async (work: Promise<unknown>): Promise<Problem> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemError)) throw new Error(`no Problem: ${String(error)}`);
  return error.problem;
};
const unit = (active: string, restarts: number): PlaceObservation => ({
  unit: { active, sub: active, restarts, exitStatus: 1 },
  journal: ['level=fatal msg="Error: no default routes found in \\"/proc/net/route\\""'],
});

/** Like the guest, again and again. */
const speak = (socket: WebSocket, pieces: string[]): void => {
  const timer = setInterval(() => {
    for (const piece of pieces) socket.send(Buffer.from(piece));
  }, 5);
  socket.on('close', () => clearInterval(timer));
};

test('a cluster that stands is climbed to the last rung, the first machine with it', async () => {
  standingCluster(api);
  api.console = (socket) => speak(socket, ['SeaBIOS\r\n', `${smokeSign}\r\n`]);
  const cluster = await api.open({ place: async () => unit('active', 3) });
  const states: RungState[] = [];
  await cluster.climb(['unit', 'port', 'ca', 'readyz', 'node', 'core', 'paths', 'storage', 'kubevirt', 'cdi', 'devices', 'smoke'], {
    signal,
    onRung: (state) => states.push(state),
  }); // prettier-ignore
  const last = new Map(states.map((state) => [state.id, state.state]));
  expect(Object.fromEntries(last)).toEqual({
    unit: 'pass', port: 'pass', ca: 'pass', readyz: 'pass', node: 'pass', core: 'pass', paths: 'pass', storage: 'pass',
    kubevirt: 'pass', cdi: 'pass', devices: 'pass', smoke: 'pass',
  }); // prettier-ignore
  expect(api.store.has(smokePath)).toBe(false);
});

test('it waits while KubeVirt deploys, says how far it is, and survives lost connections', async () => {
  standingCluster(api);
  let looks = 0;
  api.script((call) => {
    if (!call.path.startsWith('/apis/kubevirt.io/v1/kubevirts')) return undefined;
    looks += 1;
    if (looks === 2) return 'drop';
    if (looks === 3) return status(503, 'apiserver is shutting down');
    if (looks > 4) return undefined;
    const conditions = [{ type: 'Available', status: 'False', message: 'Deploying version v1.9.0' }];
    return { status: 200, body: { items: [{ metadata: { name: 'kubevirt' }, status: { phase: 'Deploying', conditions } }], metadata: {} } };
  }); // prettier-ignore
  const told: string[] = [];
  const cluster = await api.open();
  await cluster.climb(['kubevirt'], { signal, onRung: (state) => told.push(`${state.state}: ${state.detail}`) });
  expect(told).toContain('waiting: KubeVirt: Deploying, Deploying version v1.9.0');
  expect(told.at(-1)).toBe('pass: KubeVirt v1.9.0 is deployed.');
});

test('a crash loop ends the climb with the reason from the journal', async () => {
  let restarts = 4;
  const cluster = await api.open({ place: async () => unit('activating', restarts++) });
  const states: RungState[] = [];
  const problem = await problemOf(cluster.climb(['unit', 'port'], { signal, onRung: (state) => states.push(state) }));
  expect(problem).toMatchObject({
    code: 'rung-unit',
    title: 'Not reached: The service runs',
    cause: expect.stringContaining('no default route') as string,
    output: [expect.stringContaining('no default routes found')],
  });
  expect(states.at(-1)).toMatchObject({ id: 'unit', state: 'fail', cause: problem.cause });
  expect(states.some((state) => state.id === 'port')).toBe(false);
});

test('a rung that does not come in time names the cause from events and logs', async () => {
  standingCluster(api);
  api.put('/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt', { status: { phase: 'Deploying' } });
  api.put('/api/v1/namespaces/kubevirt/pods/virt-handler-1', {
    status: {
      containerStatuses: [{ name: 'virt-handler', ready: false, restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    },
  }); // prettier-ignore
  const asked: string[] = [];
  api.script((call) => {
    if (!call.path.includes('/pods/virt-handler-1/log')) return undefined;
    asked.push(call.path);
    return { status: 200, body: "accel 'kvm' is not supported by '/usr/libexec/qemu-kvm'\n" };
  });
  const cluster = await api.open();
  const problem = await problemOf(
    cluster.climb(['kubevirt'], { signal, onRung: () => undefined, timeoutSeconds: 0.05 }),
  );
  expect(problem).toMatchObject({ code: 'rung-kubevirt', cause: expect.stringContaining('AppArmor') as string });
  expect(problem.fix).toContain('PUx');
  expect(asked[0]).toContain('previous=true');
});

test('an old warning is no cause', async () => {
  standingCluster(api);
  api.put('/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt', { status: { phase: 'Deploying' } });
  api.put('/api/v1/namespaces/kubevirt/events/old', {
    type: 'Warning', reason: 'Failed', message: 'toomanyrequests: pull rate limit', lastTimestamp: '2020-01-01T00:00:00Z',
  }); // prettier-ignore
  const cluster = await api.open();
  const problem = await problemOf(
    cluster.climb(['kubevirt'], { signal, onRung: () => undefined, timeoutSeconds: 0.02 }),
  );
  expect(JSON.stringify(problem)).not.toContain('rate limit');
});

test('the slow hook of the API server is named', async () => {
  api.script((call) =>
    call.path.startsWith('/readyz')
      ? { status: 500, body: '[+]ping ok\n[-]poststarthook/rbac/bootstrap-roles failed: reason withheld\n' }
      : undefined,
  );
  const cluster = await api.open();
  const problem = await problemOf(cluster.climb(['readyz'], { signal, onRung: () => undefined, timeoutSeconds: 0.02 }));
  expect(problem.detail).toContain('poststarthook/rbac/bootstrap-roles');
});

test('the first machine is taken away when the run is cancelled, and cancelling is no failure', async () => {
  standingCluster(api);
  const stop = new AbortController();
  let opened = 0;
  api.console = () => {
    opened += 1;
    stop.abort();
  };
  const cluster = await api.open();
  await expect(cluster.climb(['smoke'], { signal: stop.signal, onRung: () => undefined })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(opened).toBe(1);
  expect(api.store.has(smokePath)).toBe(false);
});

test('a console that ends is opened again; a machine left from before is replaced', async () => {
  standingCluster(api);
  api.put(smokePath, { metadata: { uid: 'old' }, status: { phase: 'Failed' } });
  let opened = 0;
  api.console = (socket) => {
    opened += 1;
    if (opened < 3) socket.close();
    else speak(socket, ['HEARTH SM', 'OKE OK\r\n']);
  };
  const cluster = await api.open();
  await cluster.climb(['smoke'], { signal, onRung: () => undefined });
  expect(opened).toBe(3);
  expect(api.calls.findIndex((call) => call.method === 'DELETE')).toBeLessThan(
    api.calls.findIndex((call) => call.method === 'POST'),
  );
});

test('a silent machine under KVM says what that means', async () => {
  standingCluster(api);
  api.console = () => undefined;
  const cluster = await api.open({ accelerator: 'kvm' });
  const problem = await problemOf(cluster.climb(['smoke'], { signal, onRung: () => undefined, timeoutSeconds: 0.1 }));
  expect(problem).toMatchObject({ code: 'rung-smoke', fix: expect.stringContaining('software mode') as string });
  expect(api.store.has(smokePath)).toBe(false);
});

test('a look tells all of it at once and changes nothing', async () => {
  standingCluster(api);
  const seen = unit('active', 2);
  const lasting = 'level=warning msg="Host resolv.conf includes loopback or multicast nameservers - kubelet will use autogenerated resolv.conf"'; // prettier-ignore
  const cluster = await api.open({ place: async () => ({ ...seen, journal: [...seen.journal, lasting] }) });
  const look = await cluster.look({ signal });
  expect(look).toMatchObject({
    versions: { k3s: 'v1.36.3+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0' },
    datastore: 'sqlite',
    nodes: [{ name: 'lab', ready: true, cpus: 4, memory: 8 * 2 ** 30, roles: ['control-plane'], thisOne: true, virtualMachines: 1, addresses: ['10.254.254.1'], conditions: [] }],
    use: [
      { part: 'k3s', pods: 1, memory: 50 * 2 ** 20 + 600 * 2 ** 20, cpu: 0.005 + 0.1 },
      { part: 'KubeVirt', pods: 1, memory: 140 * 2 ** 20 },
    ],
    // An error on the way up (no-route) is over once all is well.
    troubles: [{ id: 'dns-fallback' }],
  }); // prettier-ignore
  expect(look.ladder.map((rung) => rung.id)).toHaveLength(12);
  expect(look.ladder.find((rung) => rung.id === 'cdi')).toMatchObject({ state: 'pass' });
  expect(look.ladder.find((rung) => rung.id === 'smoke')).toMatchObject({ state: 'unknown' });
  expect(api.calls.every((call) => call.method === 'GET')).toBe(true);
});

test('a look at a cluster that is down tells that it is down', async () => {
  api.script(() => 'drop');
  const cluster = await api.open({ place: async () => unit('activating', 0) });
  const look = await cluster.look({ signal });
  const states = Object.fromEntries(look.ladder.map((rung) => [rung.id, rung.state]));
  expect(states).toMatchObject({ unit: 'waiting', port: 'pass', node: 'unknown', kubevirt: 'unknown' });
  expect(look).toMatchObject({ versions: {}, nodes: [], use: [] });
});
