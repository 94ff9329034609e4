import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { pick, pickList, pickText } from '../../../main/backend/target/pick.ts';
import { whyNot } from '../../../main/contract/offers.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { PodForward, PodRow } from '../../../main/contract/pods.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';

const ref = (name: string) => ({ namespace: 'default', name });
const deployment = (name: string) => ({ kind: 'Deployment', ...ref(name) }) as const;

/** The rows by their keys, as soon as they show what is asked for. */
async function rows(lab: OperationsLab, shows: (all: ReadonlyMap<string, PodRow>) => boolean) {
  const all = new Map<string, PodRow>();
  await until(lab.api.pods.watch({}), (update) => {
    if (update.type === 'snapshot') all.clear();
    const changed = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    for (const row of changed) all.set(rowKeys.pod(row), row);
    if (update.type === 'delta') for (const key of update.removed) all.delete(key);
    return shows(all);
  });
  return all;
}
const ready = (name: string, have: number) => (all: ReadonlyMap<string, PodRow>) => {
  const row = all.get(`Deployment/default/${name}`);
  return row?.status === (have === 0 ? 'Scaled down' : 'Ready') && row.ready.have === have;
};
const podsOf = (all: ReadonlyMap<string, PodRow>, name: string): PodRow[] =>
  [...all.values()].filter((row) => row.kind === 'Pod' && row.owner?.name === name);
/** What comes on a pipe until it holds the words; or all until its end, and the Problem it ended with. */
async function heard(pipe: BytePipe, words?: RegExp): Promise<{ text: string; code?: string }> {
  let text = '';
  try {
    for await (const chunk of pipe.readable) {
      text += Buffer.from(chunk).toString('utf8');
      if (words?.test(text)) return { text };
    }
  } catch (error) {
    return { text, code: (await problemOf(Promise.reject(error as Error))).code };
  }
  return { text };
}
const said = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let got = '';
    socket.on('data', (chunk) => (got += chunk.toString('utf8')));
    socket.on('error', reject);
    socket.on('close', () => resolve(got));
    socket.end(text);
  });

describeTargets(
  'pods where there are none',
  (lab) => {
    test('the Quick lab says why it runs no containers and what to do', async () => {
      const { capabilities } = await until(lab.api.target.watch({}), ({ state }) => state === 'ready');
      const why = whyNot(capabilities, 'pods.create');
      expect([why?.reason, why?.remedy]).toEqual([expect.stringContaining('virtual machines only'), expect.stringContaining('kubeconfig')]); // prettier-ignore
      const problem = await problemOf(lab.api.pods.create({ name: 'web', image: 'nginx' }));
      expect([problem.code, problem.detail]).toEqual(['target-cannot', why?.reason]);
    });
  },
  { kinds: ['engine'] },
);

describeTargets(
  'pods',
  (lab) => {
    let server: Server;
    let local = 0;
    beforeAll(async () => {
      server = createServer((socket) => socket.on('data', (chunk) => socket.end(`heard ${chunk.toString('utf8')}`)));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      local = (server.address() as AddressInfo).port;
    });
    afterAll(() => server.close());

    test('a Deployment with a Service is made of a small form, and its Pods come', async () => {
      const wish = { name: 'web', image: 'nginx:1.29', replicas: 2, ports: [80], env: [{ name: 'A', value: 'b' }] };
      const { yaml, problem } = await lab.api.pods.preview(wish);
      expect([problem, /kind: Deployment[\s\S]*---[\s\S]*kind: Service/.test(yaml)]).toEqual([undefined, true]);
      expect(await lab.api.pods.create(wish)).toEqual(deployment('web'));
      const all = await rows(lab, ready('web', 2));
      const [pod] = podsOf(all, 'web');
      expect(pod).toMatchObject({ status: 'Running', tone: 'running', ready: { have: 1, want: 1 }, node: 'box', images: ['nginx:1.29'], system: false }); // prettier-ignore
      expect(pod?.containers).toEqual([{ name: 'web', image: 'nginx:1.29', init: false, ready: true, state: 'Running', restarts: 0, previous: false, ports: [80] }]); // prettier-ignore
      const service = await lab.get('v1', 'services', 'web');
      expect(pick(service, 'spec', 'selector')).toEqual({ 'app.kubernetes.io/name': 'web' });
      // The target's own are told apart.
      expect([...all.values()].find(({ name }) => name.startsWith('cdi-uploadproxy'))?.system).toBe(true);
      expect((await problemOf(lab.api.pods.create(wish))).code).toBe('already-exists');
    });

    test('a Service that is refused takes its Deployment with it', async () => {
      lab.cluster.troubles.next(/^POST .*\/services$/, trouble.plain500('no more addresses'), 1);
      await problemOf(lab.api.pods.create({ name: 'half', image: 'nginx', ports: [80] }));
      expect(lab.cluster.object('apps', 'deployments', 'default', 'half')).toBeUndefined();
    });

    test('what does not run says why, in words, with the cure; so does what keeps it', async () => {
      await lab.api.pods.create({ name: 'lost', image: 'example.org/missing:1' });
      await lab.api.pods.create({ name: 'loop', image: 'crashing:1' });
      lab.cluster.put('apps', 'deployments', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: ref('large'), spec: { replicas: 1, selector: { matchLabels: { app: 'large' } }, template: { metadata: { labels: { app: 'large' } }, spec: { containers: [{ name: 'large', image: 'nginx', resources: { requests: { memory: '4Ti' } } }] } } } }); // prettier-ignore
      const all = await rows(lab, (now) => ['lost', 'loop', 'large'].every((name) => now.get(`Deployment/default/${name}`)?.why)); // prettier-ignore
      const told = ['lost', 'loop', 'large'].map((name) => {
        const [pod] = podsOf(all, name);
        return [pod?.status, pod?.why?.title, pod?.why?.cure, all.get(`Deployment/default/${name}`)?.tone];
      });
      expect(told).toEqual([
        ['ImagePullBackOff', 'The image of lost cannot be fetched', expect.stringContaining('tag of the image'), 'error'], // prettier-ignore
        ['CrashLoopBackOff', 'loop ended with code 3, again and again', expect.stringContaining('log'), 'error'],
        ['Pending', 'No node takes it', expect.stringContaining('less memory'), 'error'],
      ]);
    });

    test('a log: what there is, each line as it comes, its end; the container before; its bounds', async () => {
      const [pod] = podsOf(await rows(lab, ready('web', 2)), 'web');
      const of = ref(pod?.name ?? '');
      const say = (text: string | undefined) => lab.cluster.containers.say('default', of.name, 'web', text);
      for (const n of [1, 2, 3]) say(`line ${n}`);
      const pipe = await lab.api.pods.logs({ ...of, container: 'web', tail: 2 });
      const first = heard(pipe, /line 4\n/);
      await expect.poll(() => lab.cluster.seen.some(({ path }) => path.includes('follow=true'))).toBe(true);
      say('line 4');
      expect((await first).text).toBe('line 2\nline 3\nline 4\n');
      pipe.close();
      const second = heard(await lab.api.pods.logs({ ...of, tail: 1, timestamps: true }));
      await expect.poll(() => lab.cluster.seen.filter(({ path }) => path.includes('timestamps=true')).length).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 100));
      say(undefined);
      expect(await second).toEqual({ text: expect.stringMatching(/^\d{4}-\S+Z line 4\n$/), code: 'log-ended' });
      expect(await lab.api.pods.readLog({ ...of, tail: 2 })).toEqual({ text: 'line 3\nline 4\n', truncated: true });
      expect((await problemOf(lab.api.pods.readLog({ ...of, previous: true }))).code).toBe('log-no-previous');
      const all = await rows(lab, () => true);
      const [loop] = podsOf(all, 'loop');
      lab.cluster.containers.say('default', loop?.name ?? '', 'loop', 'it broke here', true);
      expect((await lab.api.pods.readLog({ ...ref(loop?.name ?? ''), previous: true })).text).toBe('it broke here\n');
      expect((await problemOf(lab.api.pods.readLog(ref(podsOf(all, 'lost')[0]?.name ?? '')))).code).toBe('log-not-yet');
      expect((await problemOf(lab.api.pods.readLog(ref('nobody')))).code).toBe('not-found');
    });

    test('a shell over channels: typed, answered, resized, left; without a shell in the image that is said', async () => {
      const [pod] = podsOf(await rows(lab, ready('web', 2)), 'web');
      const of = ref(pod?.name ?? '');
      const session = randomUUID();
      const pipe = await lab.api.pods.shell({ ...of, container: 'web', session, cols: 80, rows: 24 });
      const told = heard(pipe);
      await pipe.write(Buffer.from('stty size\r'));
      await expect.poll(() => lab.cluster.containers.seen.sizes).toEqual(['24 80']);
      await lab.api.pods.resize({ session, cols: 132, rows: 50 });
      await expect.poll(() => lab.cluster.containers.seen.sizes).toEqual(['24 80', '50 132']);
      await pipe.write(Buffer.from('stty size\r'));
      await pipe.write(Buffer.from('exit 7\r'));
      const { text, code } = await told;
      expect([text.includes('24 80\r\n'), text.includes('50 132\r\n'), code]).toEqual([true, true, 'shell-ended']);
      expect(lab.cluster.containers.seen.protocols).toEqual(['v5.channel.k8s.io']);
      const { path = '' } = lab.cluster.seen.find((each) => each.path.includes('/exec?')) ?? {};
      const query = new URLSearchParams(path.split('?')[1]);
      expect([query.getAll('command')[0], query.get('tty'), query.get('stderr')]).toEqual(['/bin/sh', 'true', 'false']);
      // After its end nobody is told a size.
      await lab.api.pods.resize({ session, cols: 90, rows: 20 });
      lab.cluster.mutate('', 'pods', 'default', of.name, (draft) => void (draft.metadata.labels = { ...draft.metadata.labels, shell: 'none' })); // prettier-ignore
      expect((await heard(await lab.api.pods.shell({ ...of, session: randomUUID(), cols: 80, rows: 24 }))).code).toBe('pod-no-shell'); // prettier-ignore
      expect(lab.cluster.containers.seen.sizes.at(-1)).not.toBe('20 90');
      expect((await problemOf(lab.api.pods.shell({ ...of, container: 'none', session: randomUUID(), cols: 80, rows: 24 }))).detail).toMatch(/container none is not valid/); // prettier-ignore
    });

    test('a port of this computer leads to a Pod that is ready; who has a port is named; a closed one is told', async () => {
      const all = await rows(lab, ready('web', 2));
      for (const pod of podsOf(all, 'web')) lab.cluster.containers.listen('default', pod.name, 80, local);
      const forward = await lab.api.pods.forward({ ...deployment('web'), port: 80 });
      expect(forward).toMatchObject({ target: 'Scripted', port: 80, connections: 0 });
      expect(forward.localPort).toBeGreaterThan(1023);
      expect(await said(forward.localPort, 'ping')).toBe('heard ping');
      const taken = await problemOf(lab.api.pods.forward({ ...deployment('web'), port: 80, localPort: forward.localPort })); // prettier-ignore
      expect([taken.code, taken.detail]).toEqual(['port-taken', expect.stringContaining(`(process ${process.pid})`)]);
      const closed = await lab.api.pods.forward({ ...deployment('web'), port: 81 });
      expect(await said(closed.localPort, 'ping')).toBe('');
      const forwards = (shows: (now: PodForward[]) => boolean) => until(lab.api.pods.forwards({}), shows);
      const open = await forwards((now) => now.some(({ problem }) => problem));
      expect(open.find(({ id }) => id === closed.id)?.problem).toMatchObject({ code: 'pod-port-closed', detail: expect.stringContaining('connection refused') }); // prettier-ignore
      for (const { id } of [forward, closed]) await lab.api.pods.stopForward({ id });
      expect(await forwards(({ length }) => length === 0)).toEqual([]);
      await expect(said(forward.localPort, 'ping')).rejects.toThrow(/ECONNREFUSED/);
      expect((await problemOf(lab.api.pods.forward({ ...deployment('lost'), port: 80 }))).code).toBe('pod-not-running');
    });

    test('its manifest: what is wrong is said at its line, what is right is applied', async () => {
      const { yaml } = await until(lab.api.pods.detail(deployment('web')), () => true);
      expect(yaml).not.toMatch(/resourceVersion|managedFields|uid:|^status:/m);
      const check = (text: string) => lab.api.pods.checkYaml({ ...deployment('web'), yaml: text });
      expect(await check(yaml)).toEqual([]);
      const [typo] = await check(yaml.replace('replicas:', 'replicasss:'));
      expect([typo?.severity, typo?.message]).toEqual(['error', expect.stringContaining('replicasss')]);
      expect((await check(yaml.replace(/^  name: web$/m, '  name: other')))[0]?.message).toMatch(/keeps its name/);
      expect((await check('kind: Pod\n'))[0]?.message).toMatch(/This is a Deployment/);
      expect((await check('a: [')).some(({ severity }) => severity === 'error')).toBe(true);
      expect((await problemOf(lab.api.pods.applyYaml({ ...deployment('web'), yaml: 'kind: Pod' }))).code).toBe('yaml-refused'); // prettier-ignore
      await lab.api.pods.applyYaml({ ...deployment('web'), yaml: yaml.replace('nginx:1.29', 'nginx:1.30') });
      const all = await rows(lab, (now) => ready('web', 2)(now) && podsOf(now, 'web').every(({ images }) => images[0] === 'nginx:1.30')); // prettier-ignore
      expect(podsOf(all, 'web')).toHaveLength(2);
    });

    test('scaled, restarted, deleted and put back', async () => {
      await lab.api.pods.scale({ ...deployment('web'), replicas: 3 });
      const before = podsOf(await rows(lab, ready('web', 3)), 'web').map(({ uid }) => uid);
      await lab.api.pods.restart(deployment('web'));
      await rows(lab, (now) => ready('web', 3)(now) && podsOf(now, 'web').every(({ uid }) => !before.includes(uid)));
      const [pod] = podsOf(await rows(lab, ready('web', 3)), 'web');
      await lab.api.pods.restart({ kind: 'Pod', ...ref(pod?.name ?? '') });
      await rows(lab, (now) => ready('web', 3)(now) && !now.has(`Pod/default/${pod?.name}`));
      const { undo = '' } = await lab.api.pods.remove(deployment('web'));
      await rows(lab, (now) => !now.has('Deployment/default/web') && podsOf(now, 'web').length === 0);
      await lab.api.pods.putBack({ undo });
      await rows(lab, ready('web', 3));
      expect((await problemOf(lab.api.pods.putBack({ undo }))).code).toBe('undo-too-late');
      await lab.api.pods.scale({ ...deployment('web'), replicas: 0 });
      await rows(lab, ready('web', 0));
      expect((await problemOf(lab.api.pods.scale({ ...deployment('gone'), replicas: 1 }))).code).toBe('pod-not-found');
      expect((await problemOf(lab.api.pods.scale({ kind: 'DaemonSet', ...ref('web'), replicas: 1 }))).code).toBe('pod-cannot-scale'); // prettier-ignore
    });

    test('a Pod alone: nothing makes it again, so it is not restarted; a Job neither', async () => {
      const pod: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: ref('alone'), spec: { containers: [{ name: 'one', image: 'busybox' }, { name: 'two', image: 'busybox' }] } }; // prettier-ignore
      await lab.api.manifests.apply({ yaml: stringify(pod) }).then(({ taskId }) => lab.done(taskId));
      const alone = { kind: 'Pod', ...ref('alone') } as const;
      await until(lab.api.pods.detail(alone), ({ row }) => row.containers.length === 2);
      expect((await problemOf(lab.api.pods.restart(alone))).code).toBe('pod-cannot-restart');
      expect(await lab.api.pods.remove(alone)).toEqual({});
      const gone = await problemOf(until(lab.api.pods.detail(alone), () => false));
      expect(gone.code).toBe('pod-not-found');
      expect((await problemOf(lab.api.pods.restart({ kind: 'Job', ...ref('any') }))).code).toBe('pod-cannot-restart');
    });

    test('what was done stands in the history and among the commands', async () => {
      const { commands, audit } = lab.api;
      const sent = await until(commands.watch({}), ({ type }) => type === 'snapshot');
      const lines = (sent.type === 'snapshot' ? sent.items : []).flatMap(({ requests }) => requests.map(({ line }) => line)); // prettier-ignore
      expect(lines.some((line) => /kubectl patch deployments\.apps web .*"replicas":3/.test(line))).toBe(true);
      const log = await until(audit.watch({}), ({ type }) => type === 'snapshot');
      const what = (log.type === 'snapshot' ? log.items : []).map((entry) => `${entry.what}: ${entry.object?.kind} ${entry.object?.name}`); // prettier-ignore
      expect(what).toContain('Scale a workload to 3: Deployment web');
      expect(what.some((each) => each.includes('resize'))).toBe(false);
    });

    test('the connection is lost: rows stay and are told to be old; then they are live again', async () => {
      lab.cluster.troubles.next(/^GET \/api\/v1\/pods/, trouble.plain500('etcdserver: leader changed'), 2);
      const order: string[] = [];
      const over = until(lab.api.pods.watch({}), ({ type }) => {
        order.push(type);
        if (type === 'snapshot') lab.cluster.dropWatches(true);
        return type === 'live';
      });
      await over;
      expect(order.filter((type) => type !== 'delta')).toEqual(['snapshot', 'stale', 'live']);
    }, 40_000);

    test('statuses of the API itself are what the rows say', async () => {
      const all = await rows(lab, (now) => now.size > 3);
      const { items } = (await lab.kube.request('GET', '/api/v1/pods')) as unknown as { items: KubeObject[] };
      const named = (row: PodRow): string => `${row.namespace}/${row.name}`;
      expect([...all.values()].filter(({ kind }) => kind === 'Pod').map(named).toSorted()).toEqual(items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).toSorted()); // prettier-ignore
      for (const pod of items) {
        const row = all.get(`Pod/${pod.metadata.namespace}/${pod.metadata.name}`);
        expect(row?.restarts).toBe(pickList(pod, 'status', 'containerStatuses').reduce((sum, each) => sum + Number(each['restartCount']), 0)); // prettier-ignore
        expect(row?.node).toBe(pickText(pod, 'spec', 'nodeName'));
      }
    });
  },
  { kinds: ['cluster'] },
);

describeTargets(
  'pods that may only be seen',
  (lab) => {
    test('without rights each button says which is missing, and the list is there all the same', async () => {
      const { capabilities } = await until(lab.api.target.watch({}), ({ state }) => state === 'ready');
      expect((await rows(lab, ({ size }) => size > 0)).size).toBeGreaterThan(0);
      expect(whyNot(capabilities, 'pods.logs')?.remedy).toContain('get pods/log');
      expect(whyNot(capabilities, 'pods.shell')?.remedy).toContain('create pods/exec');
      expect(whyNot(capabilities, 'pods.create')?.remedy).toContain('create deployments.apps');
      expect((await problemOf(lab.api.pods.scale({ ...deployment('web'), replicas: 3 }))).code).toBe('target-cannot');
    });
  },
  { kinds: ['cluster'], cluster: 'read-only' },
);
