import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { podStatus } from '../../../main/backend/pods/containers.ts';
import { deploymentOf, textOf, yamlOf } from '../../../main/backend/pods/manifest.ts';
import { ownerOf, podRow, workRow } from '../../../main/backend/pods/rows.ts';
import { podTrouble, unschedulable, workTrouble } from '../../../main/backend/pods/trouble.ts';
import { endOf } from '../../../main/backend/target/exec.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { createPodsSchema } from '../../../main/contract/pods.ts';
import { readEnv, readPorts } from '../../../renderer/features/containers/draft.ts';
import { returned } from '../../../renderer/features/containers/returns.ts';
import { shownRows } from '../../../renderer/features/containers/use-containers.ts';

interface Given {
  phase?: string;
  status?: object;
  meta?: object;
  init?: object[];
  spec?: object;
}
/** A Pod of one container in this state, with these init containers before it. */
function pod(state: object, { phase = 'Running', status = {}, meta = {}, init = [], spec = {} }: Given = {}): KubeObject {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', namespace: 'default', uid: 'u', ...meta },
    spec: { containers: [{ name: 'web', image: 'nginx' }], initContainers: init.map((each, n) => ({ name: `init-${n}`, image: 'busybox', ...((each as { spec?: object }).spec) })), ...spec },
    status: {
      phase,
      containerStatuses: [{ name: 'web', restartCount: 0, ready: false, ...state }],
      initContainerStatuses: init.map((each, n) => ({ name: `init-${n}`, restartCount: 0, ready: false, ...each })),
      ...status,
    },
  };
} // prettier-ignore
const waiting = (reason: string, message = '') => ({ state: { waiting: { reason, ...(message && { message }) } } });
const ended = (exitCode: number, more: object = {}) => ({ state: { terminated: { exitCode, ...more } } });
const running = { ready: true, state: { running: {} } };
const ready = { conditions: [{ type: 'Ready', status: 'True' }] };

describe('the status of a Pod', () => {
  it.each<[string, KubeObject]>([
    ['Running', pod(running, { status: ready })],
    ['ImagePullBackOff', pod(waiting('ImagePullBackOff'), { phase: 'Pending' })],
    ['ContainerCreating', pod(waiting('ContainerCreating'), { phase: 'Pending' })],
    ['Completed', pod(ended(0, { reason: 'Completed' }), { phase: 'Succeeded' })],
    ['ExitCode:3', pod(ended(3), { phase: 'Failed' })],
    ['Signal:9', pod(ended(137, { signal: 9 }), { phase: 'Failed' })],
    ['Evicted', pod({}, { phase: 'Failed', status: { reason: 'Evicted', containerStatuses: [] } })],
    ['Init:0/2', pod(waiting('PodInitializing'), { phase: 'Pending', init: [{ state: { running: {} } }, {}] })],
    ['Init:1/2', pod(waiting('PodInitializing'), { phase: 'Pending', init: [ended(0), { state: { running: {} } }] })],
    ['Init:CrashLoopBackOff', pod(waiting('PodInitializing'), { phase: 'Pending', init: [waiting('CrashLoopBackOff')] })], // prettier-ignore
    ['Init:Error', pod(waiting('PodInitializing'), { phase: 'Pending', init: [ended(1, { reason: 'Error' })] })],
    ['Running', pod(running, { status: ready, init: [{ state: { running: {} }, spec: { restartPolicy: 'Always' } }] })],
    ['Terminating', pod(running, { meta: { deletionTimestamp: '2026-01-01T00:00:00Z' } })],
    ['SchedulingGated', pod({}, { phase: 'Pending', status: { containerStatuses: [], conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] } })], // prettier-ignore
  ])('%s, as kubectl prints it', (word, given) => {
    expect(podStatus(given)).toBe(word);
  });
});

describe('why a Pod does not run', () => {
  it.each<[string, string, KubeObject]>([
    ['The image of web cannot be fetched', 'pull secret', pod(waiting('ErrImagePull', 'not found'))],
    ['The name of the image of web is not one', 'lowercase', pod(waiting('InvalidImageName'))],
    ['Something that web takes its settings from is missing', 'ConfigMap', pod(waiting('CreateContainerConfigError'))],
    ['web could not be started', 'command', pod(waiting('RunContainerError'))],
    ['web ended with code 3, again and again', 'log', pod({ ...waiting('CrashLoopBackOff'), lastState: { terminated: { exitCode: 3 } } })], // prettier-ignore
    ['web needed more memory than it may have, again and again', 'memory limit', pod({ ...waiting('CrashLoopBackOff'), lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } })], // prettier-ignore
    ['web ends by itself, again and again', 'foreground', pod({ ...waiting('CrashLoopBackOff'), lastState: { terminated: { exitCode: 0 } } })], // prettier-ignore
    ['The node put it out: it ran short of something', 'disk space', pod({}, { phase: 'Failed', status: { reason: 'Evicted' } })], // prettier-ignore
    ['init-0 ended with code 1', 'log', pod(waiting('PodInitializing'), { phase: 'Pending', init: [ended(1)] })],
    ['web runs and is not ready', 'readiness probe', pod({ ready: false, state: { running: {} } })],
    ['No node takes it', 'taint', pod({}, { phase: 'Pending', status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available: 1 node(s) had untolerated taint {a: b}.' }] } })], // prettier-ignore
  ])('%s', (title, cure, given) => {
    const found = podTrouble(given);
    expect([found?.title, found?.cure.includes(cure)]).toEqual([title, true]);
  });
  it('finds none where all is well, on its way, ended well or being deleted', () => {
    const fine = [pod(running, { status: ready }), pod(waiting('ContainerCreating'), { phase: 'Pending' }), pod(ended(0), { phase: 'Succeeded' }), pod(waiting('CrashLoopBackOff'), { meta: { deletionTimestamp: 'now' } })]; // prettier-ignore
    expect(fine.map((each) => podTrouble(each))).toEqual([undefined, undefined, undefined, undefined]);
  });
  it('has a cure for each thing that a scheduler lacks', () => {
    const cures = ['Insufficient cpu', 'Insufficient memory', 'pod has unbound immediate PersistentVolumeClaims', "node(s) didn't match Pod's node affinity/selector", 'node(s) were unschedulable', "node(s) didn't have free ports", 'Insufficient nvidia.com/gpu'].map((message) => unschedulable(message).cure); // prettier-ignore
    expect(new Set(cures).size).toBe(cures.length);
  });
  it('knows what a workload says of itself', () => {
    const work = (type: string, status: string, reason: string, message: string): KubeObject => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, status: { conditions: [{ type, status, reason, message }] } }); // prettier-ignore
    expect(workTrouble(work('ReplicaFailure', 'True', 'FailedCreate', 'pods "x" is forbidden: exceeded quota: q'))?.cure).toMatch(/Raise the quota/); // prettier-ignore
    expect(workTrouble(work('ReplicaFailure', 'True', 'FailedCreate', 'denied by policy'))?.title).toMatch(/refused/);
    expect(workTrouble(work('Progressing', 'False', 'ProgressDeadlineExceeded', 'x'))?.cure).toMatch(/rollout undo/);
    expect(workTrouble(work('Failed', 'True', 'BackoffLimitExceeded', 'x'))?.title).toMatch(/too often/);
    expect(workTrouble(work('Progressing', 'True', 'NewReplicaSetAvailable', 'x'))).toBeUndefined();
  });
});

describe('rows', () => {
  const owned = (kind: string, name: string, labels: Record<string, string> = {}) => pod(running, { status: ready, meta: { labels, ownerReferences: [{ apiVersion: 'v1', kind, name, uid: 'o', controller: true }] } }); // prettier-ignore
  it('know the Deployment behind a ReplicaSet, and the machine that a Pod is', () => {
    expect(ownerOf(owned('ReplicaSet', 'web-7d9', { 'pod-template-hash': '7d9' }))).toEqual({ kind: 'Deployment', name: 'web' }); // prettier-ignore
    expect(ownerOf(owned('ReplicaSet', 'alone'))).toEqual({ kind: 'ReplicaSet', name: 'alone' });
    const launcher = owned('VirtualMachineInstance', 'db', { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': 'db' }); // prettier-ignore
    expect(podRow(launcher).machine).toEqual({ namespace: 'default', name: 'db' });
  });
  it('say how a workload stands, and tell of no old trouble once it is well', () => {
    const work = (kind: string, spec: object, status: object): KubeObject => ({ apiVersion: 'apps/v1', kind, metadata: { name: 'web', namespace: 'default', generation: 2 }, spec: { ...spec, template: {} }, status: { observedGeneration: 2, ...status } }); // prettier-ignore
    const ill = podRow(pod(waiting('ImagePullBackOff'), { phase: 'Pending' }));
    const words = (object: KubeObject) => { const { status, tone, why } = workRow(object, [ill]); return [status, tone, why !== undefined]; }; // prettier-ignore
    expect(words(work('Deployment', { replicas: 1 }, { readyReplicas: 1, updatedReplicas: 1 }))).toEqual(['Ready', 'running', false]); // prettier-ignore
    expect(words(work('Deployment', { replicas: 2 }, { readyReplicas: 1, updatedReplicas: 2 }))).toEqual(['Updating', 'error', true]); // prettier-ignore
    expect(workRow(work('Deployment', { replicas: 0 }, {}), []).status).toBe('Scaled down');
    expect(workRow(work('Deployment', { replicas: 1 }, { observedGeneration: 1, readyReplicas: 1, updatedReplicas: 1 }), []).status).toBe('Updating'); // prettier-ignore
    expect(workRow(work('DaemonSet', {}, { desiredNumberScheduled: 3, numberReady: 3, updatedNumberScheduled: 3 }), []).ready).toEqual({ have: 3, want: 3 }); // prettier-ignore
    const job = (status: object, spec: object = {}) => workRow({ ...work('Job', spec, status), apiVersion: 'batch/v1' }, []); // prettier-ignore
    expect(job({ succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] }).status).toBe('Complete');
    expect([job({ conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] }).tone, job({}, { suspend: true }).status, job({ active: 1 }).status]).toEqual(['error', 'Suspended', 'Running']); // prettier-ignore
  });
  it('are found by any of their words; workloads come with the Pods that nothing keeps', () => {
    const alone = podRow(pod(running, { status: ready }));
    const kept = podRow(owned('ReplicaSet', 'web-7d9', { 'pod-template-hash': '7d9' }));
    const all = [alone, { ...kept, name: 'web-7d9-a' }, { ...alone, name: 'dns', system: true }];
    const names = (query: Partial<Parameters<typeof shownRows>[1]>) => shownRows(all, { show: 'work', search: '', system: false, ...query }).map(({ name }) => name); // prettier-ignore
    expect([names({}), names({ show: 'pods' }), names({ system: true }), names({ search: 'NGINX web' }), names({ search: 'nothing' })]).toEqual([['web-0'], ['web-0', 'web-7d9-a'], ['web-0', 'dns'], ['web-0'], []]); // prettier-ignore
  });
});

describe('manifests and what is typed', () => {
  it('a Deployment with its Service; without ports none; no field twice', () => {
    const wish = createPodsSchema.parse({ name: 'web', image: 'nginx:1.29', ports: [80, 80, 443], env: [{ name: 'A', value: '1' }], command: ['nginx', '-g', 'daemon off;'] }); // prettier-ignore
    const [deployment, service] = deploymentOf(wish);
    expect(deployment?.spec).toMatchObject({
      replicas: 1,
      selector: { matchLabels: { 'app.kubernetes.io/name': 'web' } },
    });
    expect(service?.spec?.['ports']).toHaveLength(2);
    expect(deploymentOf({ ...wish, ports: [] })).toHaveLength(1);
    expect(parseAllDocuments(textOf(deploymentOf(wish))).length).toBe(2);
    for (const image of ['', 'a b', 'nginx@sha256:12', 'nginx:']) expect(createPodsSchema.safeParse({ name: 'web', image }).success).toBe(false); // prettier-ignore
    for (const image of ['nginx', 'localhost:5000/a/b:1.2', `ghcr.io/a/b@sha256:${'0'.repeat(64)}`]) expect(createPodsSchema.safeParse({ name: 'web', image }).success).toBe(true); // prettier-ignore
  });
  it('an editor sees what a person wrote', () => {
    const text = yamlOf({ ...pod(running), metadata: { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '7', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } }); // prettier-ignore
    expect(text).toMatch(/^apiVersion: v1\nkind: Pod\nmetadata:\n {2}name: a\n {2}namespace: b\nspec:/);
    expect(text).not.toContain('status');
  });
  it('ports and variables', () => {
    expect([readPorts('80, 443 80'), readPorts(''), readPorts('http'), readPorts('0'), readPorts('70000')]).toEqual([[80, 443], [], undefined, undefined, undefined]); // prettier-ignore
    expect(readEnv('A=b=c\n\n B_1=\nA=d')).toEqual([
      { name: 'A', value: 'd' },
      { name: 'B_1', value: '' },
    ]);
    expect([readEnv('no'), readEnv('1A=x')]).toEqual([undefined, undefined]);
  });
  it('each line begins at its left edge, however the bytes come', () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const text = (chunk: Uint8Array) => new TextDecoder().decode(chunk);
    expect(text(returned(bytes('a\nb\r\nc\n'), 0))).toBe('a\r\nb\r\nc\r\n');
    expect([text(returned(bytes('\nx'), 13)), text(returned(bytes('\nx'), 97))]).toEqual(['\nx', '\r\nx']);
  });
  it('what the error channel says of the end of a command', () => {
    expect(endOf('{"metadata":{},"status":"Success"}')).toEqual({ code: 0 });
    expect(endOf('{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"42"}]}}')).toEqual({ code: 42 }); // prettier-ignore
    expect(endOf('{"status":"Failure","message":"no such container"}')).toEqual({ message: 'no such container' });
    expect(endOf('broken pipe')).toEqual({ message: 'broken pipe' });
  });
});
