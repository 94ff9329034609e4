import type { Observations, OperatorObservation, Verdict } from '../../../../provisioning/ladder/observations.ts';
import type { RungId } from '../../../../provisioning/plan.ts';

/** What was seen, how it is judged, and what must be said. */
type Case<T> = [title: string, observation: T, state: Verdict['state'], ...words: RegExp[]];

const day = 24 * 60 * 60 * 1000;
const now = Date.parse('2026-11-21T02:00:00Z');
const unit = (active: string, sub: string, restarts: number, exitStatus = 0) => ({
  restartsBefore: 1,
  place: { unit: { active, sub, restarts, exitStatus }, journal: [] },
});
const ca = (fields: Partial<Observations['ca']>): Observations['ca'] => ({
  expected: 'AA:BB',
  served: 'AA:BB',
  dialled: '127.0.0.1',
  now,
  certificate: { names: ['localhost', '127.0.0.1'], notBefore: now - day, notAfter: now + 300 * day },
  ...fields,
});
const node = (ready: string, message: string, taints: string[] = []): Observations['node'] => ({
  nodes: [
    {
      name: 'lab',
      agent: false,
      conditions: [{ type: 'Ready', status: ready, message }],
      taints: taints.map((key) => ({ key, effect: 'NoSchedule' })),
    },
  ],
});
const agentOff = {
  nodes: [{ name: 'attic', agent: true, conditions: [{ type: 'Ready', status: 'Unknown', message: 'Kubelet stopped posting node status.' }], taints: [] }],
}; // prettier-ignore
const localPath = {
  name: 'local-path',
  provisioner: 'rancher.io/local-path',
  isDefault: true,
  isVirtDefault: false,
  binding: 'WaitForFirstConsumer',
};
const pool = { storageClass: 'hearth-pool', registered: true, pods: [] };
const poolClass = {
  ...localPath,
  name: 'hearth-pool',
  provisioner: 'topolvm.io',
  isDefault: false,
  isVirtDefault: true,
};
const yes = { type: 'Available', status: 'True', reason: 'AllComponentsReady', message: 'All components are ready.' };
const operator = (fields: Partial<OperatorObservation>): OperatorObservation => ({
  found: true,
  phase: 'Deployed',
  conditions: [yes, { type: 'Progressing', status: 'False' }, { type: 'Degraded', status: 'False' }],
  observedVersion: 'v1.9.0',
  targetVersion: 'v1.9.0',
  besides: [{ what: 'its API of consoles and actions answers', holds: true }],
  pods: [],
  ...fields,
});
const smoke = (fields: Partial<Observations['smoke']>): Observations['smoke'] => ({
  accelerator: 'kvm',
  architecture: 'amd64',
  phase: 'Running',
  conditions: [],
  signSeen: false,
  pods: [],
  ...fields,
});
const devices = (
  accelerator: 'kvm' | 'tcg',
  found: Record<string, number>,
  schedulable = true,
): Observations['devices'] => ({
  accelerator,
  nodes: [{ name: 'lab', schedulable, devices: found }],
});

const operatorCases = (product: string): Case<OperatorObservation>[] => [
  ['deployed', operator({}), 'pass', new RegExp(`${product} v1\\.9\\.0`)],
  ['not asked for', operator({ found: false, phase: '', conditions: [] }), 'wait', /not been asked for/],
  ['deploying', operator({ phase: 'Deploying', conditions: [{ type: 'Available', status: 'False', message: 'Deploying version v1.9.0' }] }), 'wait', /Deploying version/],
  ['the operator is stuck', operator({ conditions: [yes, { type: 'Synchronized', status: 'False', message: 'unable to create DaemonSet virt-handler' }] }), 'wait', /cannot go on: unable to create DaemonSet virt-handler/],
  ['in error', operator({ phase: 'Error', conditions: [{ type: 'Degraded', status: 'True', message: 'install strategy failed' }] }), 'fail', /install strategy failed/],
  ['in an update everything is true at once', operator({ conditions: [yes, { type: 'Progressing', status: 'True' }, { type: 'Degraded', status: 'True' }] }), 'wait'],
  ['an upgrade is under way', operator({ targetVersion: 'v1.9.1' }), 'wait', /from v1\.9\.0 to v1\.9\.1/],
  ['its API does not answer yet', operator({ besides: [{ what: 'its API answers', holds: false }] }), 'wait', /not yet: its API answers/],
  ['pods cannot be fetched', operator({ phase: 'Deploying', conditions: [], pods: [{ pod: 'virt-api-1', reason: 'ImagePullBackOff', message: 'quay.io' }] }), 'wait', /virt-api-1: ImagePullBackOff \(quay\.io\)/],
]; // prettier-ignore

export const fixtures: { readonly [R in RungId]: readonly Case<Observations[R]>[] } = {
  unit: [
    ['active', unit('active', 'running', 1), 'pass'],
    ['starting', unit('activating', 'start', 1), 'wait', /activating \(start\)/],
    ['started again, which may be patience', unit('activating', 'auto-restart', 3, 1), 'wait', /started again 2 times/],
    ['a crash loop', unit('activating', 'auto-restart', 4, 1), 'fail', /3 times/, /code 1/, /journalctl/],
    ['a crash loop that looks active for a moment', unit('active', 'running', 9, 1), 'fail', /8 times/],
    ['failed for good', unit('failed', 'failed', 1, 203), 'fail', /code 203/],
    ['nobody can tell', { place: undefined, restartsBefore: 0 }, 'wait', /not known/],
  ],
  port: [
    ['open', { address: '127.0.0.1:6443', open: true }, 'pass'],
    ['closed', { address: '127.0.0.1:6443', open: false, error: 'ECONNREFUSED' }, 'wait', /ECONNREFUSED/],
    ['filtered', { address: 'box:6443', open: false, error: 'ETIMEDOUT' }, 'wait', /firewall/],
  ],
  ca: [
    ['ours, and for us', ca({}), 'pass', /127\.0\.0\.1/],
    ['no answer', ca({ error: 'socket hang up' }), 'wait', /socket hang up/],
    ['no certificate', ca({ certificate: undefined }), 'wait'],
    ['another authority', ca({ served: 'CC:DD' }), 'fail', /another certificate authority/, /installed anew/],
    ['expired', ca({ certificate: { names: ['127.0.0.1'], notBefore: 0, notAfter: now - day } }), 'fail', /2026-11-20/, /Renew/],
    ['not valid yet', ca({ certificate: { names: ['127.0.0.1'], notBefore: now + 2 * day, notAfter: now + 9 * day } }), 'fail', /clock/],
    ['for another name', ca({ dialled: 'box.lan' }), 'wait', /not for box\.lan yet; it is for localhost, 127\.0\.0\.1/],
  ], // prettier-ignore
  readyz: [
    ['ready', { status: 200, text: 'readyz check passed' }, 'pass'],
    ['no answer', { status: 0, text: 'connect ECONNREFUSED' }, 'wait', /ECONNREFUSED/],
    ['a hook is named', { status: 500, text: '[+]ping ok\n[-]poststarthook/rbac/bootstrap-roles failed: reason withheld\n[+]log ok\n' }, 'wait', /poststarthook\/rbac\/bootstrap-roles/, /slow disk/],
    ['the datastore is named', { status: 500, text: '[+]ping ok\n[-]etcd failed: reason withheld\n[-]poststarthook/start-apiextensions-controllers failed: not finished\n' }, 'wait', /etcd, poststarthook\/start-apiextensions-controllers/, /datastore/],
    ['our certificate is refused', { status: 401, text: 'Unauthorized' }, 'fail', /Renew the certificates/],
    ['something else', { status: 503, text: 'busy' }, 'wait', /503/],
  ], // prettier-ignore
  node: [
    ['ready', node('True', 'kubelet is posting ready status'), 'pass'],
    ['none', { nodes: [] }, 'wait', /No node/],
    ['no network yet', node('False', 'container runtime network not ready: cni plugin not initialized'), 'wait', /flannel/],
    ['silent', node('Unknown', 'Kubelet stopped posting node status.'), 'wait', /stopped reporting/],
    ['tainted: disk', node('True', '', ['node.kubernetes.io/disk-pressure']), 'wait', /node\.kubernetes\.io\/disk-pressure/, /Make room/],
    ['tainted: several', node('True', '', ['node.cloudprovider.kubernetes.io/uninitialized', 'node.kubernetes.io/not-ready']), 'wait', /uninitialized, node\.kubernetes\.io\/not-ready/],
    ['an agent is off', { nodes: [...node('True', '').nodes, ...agentOff.nodes] }, 'pass', /1 of 2 nodes are ready\. attic is not ready: Kubelet stopped posting node status\./],
    ['the server is off', { nodes: [...agentOff.nodes, ...node('False', 'down').nodes] }, 'wait', /lab is not ready: down/],
    ['both are ready', { nodes: [...node('True', '').nodes, { ...node('True', '').nodes[0]!, name: 'attic', agent: true }] }, 'pass', /All 2/],
    ['a wish is no obstacle', { nodes: [{ name: 'lab', agent: false, conditions: [{ type: 'Ready', status: 'True' }], taints: [{ key: 'a', effect: 'PreferNoSchedule' }] }] }, 'pass'],
  ], // prettier-ignore
  core: [
    ['available', { deployments: [{ name: 'coredns', wanted: 1, available: 1 }], pods: [] }, 'pass', /coredns/],
    ['switched off is fine', { deployments: [{ name: 'metrics-server', wanted: 0, available: 0 }], pods: [] }, 'pass'],
    ['none yet', { deployments: [], pods: [] }, 'wait'],
    ['one misses', { deployments: [{ name: 'coredns', wanted: 1, available: 0 }], pods: [{ pod: 'coredns-1', reason: 'CrashLoopBackOff', message: 'plugin/loop' }] }, 'wait', /coredns/, /CrashLoopBackOff \(plugin\/loop\)/],
  ], // prettier-ignore
  paths: [
    ['both ways', { metricsService: { type: 'Available', status: 'True' }, dnsLog: ['[INFO] plugin/reload'] }, 'pass'],
    ['not registered', { metricsService: undefined, dnsLog: [] }, 'wait', /not registered/],
    ['the API server does not reach pods', { metricsService: { type: 'Available', status: 'False', message: 'failing or missing response from https://10.42.0.5:10250/apis: net/http: Client.Timeout exceeded' }, dnsLog: [] }, 'wait', /firewalld/],
    ['it is merely starting', { metricsService: { type: 'Available', status: 'False', reason: 'MissingEndpoints', message: 'endpoints for service/metrics-server have no addresses' }, dnsLog: [] }, 'wait', /no addresses/],
    ['the API server starts again', { metricsService: { type: 'Available', status: 'True' }, dnsLog: ['dial tcp 10.43.0.1:443: connect: connection refused'] }, 'wait', /^(?!.*firewalld)/s],
    ['pods do not reach the API server', { metricsService: { type: 'Available', status: 'True' }, dnsLog: ['dial tcp 10.43.0.1:443: connect: no route to host'] }, 'wait', /no route to host/, /trusted/],
  ], // prettier-ignore
  storage: [
    ['local folders', { classes: [localPath] }, 'pass', /local-path is the default/, /first use/],
    ['none', { classes: [] }, 'wait', /no storage class yet/],
    ['no default', { classes: [{ ...localPath, isDefault: false }] }, 'wait', /Make one the default: local-path/],
    ['a pool', { classes: [localPath, poolClass], pool }, 'pass', /hearth-pool can snapshot/],
    ['the driver is not there', { classes: [localPath], pool: { ...pool, registered: false } }, 'wait', /not ready yet/],
    ['the driver has not signed in', { classes: [localPath, poolClass], pool: { ...pool, registered: false, pods: [{ pod: 'topolvm-node-1', reason: 'CrashLoopBackOff', message: 'volume group not found' }] } }, 'wait', /not signed in/, /volume group not found/],
    ['the chart failed', { classes: [localPath], pool: { ...pool, failed: 'Failed to fetch' } }, 'fail', /Failed to fetch/, /vgs hearth/],
  ], // prettier-ignore
  kubevirt: operatorCases('KubeVirt'),
  cdi: operatorCases('CDI'),
  devices: [
    ['all there', devices('kvm', { kvm: 1000, tun: 1000, 'vhost-net': 1000 }), 'pass', /kvm 1000, tun 1000/],
    ['software needs no kvm', devices('tcg', { kvm: 0, tun: 1000, 'vhost-net': 1000 }), 'pass', /kvm is not asked for/],
    ['no kvm', devices('kvm', { kvm: 0, tun: 1000, 'vhost-net': 1000 }), 'wait', /no kvm/, /software mode/],
    ['no tun in software mode either', devices('tcg', { 'vhost-net': 1000 }), 'wait', /no tun/, /modprobe tun/],
    ['not marked', devices('kvm', {}, false), 'wait', /kubevirt\.io\/schedulable/],
    ['no node', { accelerator: 'kvm', nodes: [] }, 'wait'],
  ],
  smoke: [
    ['the sign came', smoke({ signSeen: true }), 'pass'],
    ['not made yet', smoke({ phase: '' }), 'wait', /not there yet/],
    ['scheduling', smoke({ phase: 'Scheduling', conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }] }), 'wait', /0\/1 nodes/],
    ['it runs and is silent', smoke({}), 'wait', /no sign of life/, /software mode/],
    ['slow software is not broken hardware', smoke({ accelerator: 'tcg' }), 'wait', /Software mode is slow/],
    ['its image is missing', smoke({ phase: 'Scheduling', pods: [{ pod: 'virt-launcher', reason: 'ErrImageNeverPull', message: '' }] }), 'fail', /not on the node/, /Restart k3s/],
    ['it failed', smoke({ phase: 'Failed' }), 'fail', /ended with an error/],
    ['another architecture', smoke({ architecture: 'arm64', phase: '' }), 'skipped', /arm64/],
  ], // prettier-ignore
};
