import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { printableStatuses } from '../../../main/contract/kube.ts';
import { asAsked, nothingNear } from '../../../main/backend/why/sources.ts';
import type { Near, WhySources } from '../../../main/backend/why/sources.ts';
import { explain, ordinary, proven, shortWhy } from '../../../main/backend/why/why.ts';

const of = (kind: string, name: string, rest: object = {}): KubeObject => ({
  apiVersion: 'v1', kind, metadata: { name, namespace: 'default', uid: `uid-${kind}-${name}`, creationTimestamp: '2026-01-01T00:00:00Z' }, ...rest,
}); // prettier-ignore
interface Wish {
  strategy?: string;
  status?: string;
  spec?: object;
  templates?: object[];
  more?: object;
}
const vm = ({ strategy = 'Always', status = 'Starting', spec = {}, templates, more = {} }: Wish = {}): KubeObject =>
  of('VirtualMachine', 'web', {
    spec: { runStrategy: strategy, ...(templates && { dataVolumeTemplates: templates }), template: { spec } },
    status: { printableStatus: status, ...more },
  });
const vmi = (phase: string, conditions: object[] = [], spec: object = {}): KubeObject =>
  of('VirtualMachineInstance', 'web', {
    spec: { domain: { memory: { guest: '4Gi' } }, ...spec },
    status: { phase, conditions },
  });
const no = (type: string, message: string, reason = '') => ({ type, status: 'False', reason, message });
const yes = (type: string, message: string, reason = '') => ({ type, status: 'True', reason, message });
const known = <T>(value: T) => ({ state: 'known', value }) as const;
const near = (fields: Partial<Near>): Near => ({ ...nothingNear, ...fields });
const first = (sources: WhySources) => explain(sources)[0];
const labels = (sources: WhySources) => explain(sources).flatMap(({ cures }) => cures.map(({ label }) => label));
const event = (kind: string, name: string, reason: string, message: string) =>
  of('Event', `${name}.${reason}`, {
    type: 'Warning',
    involvedObject: { kind, name },
    reason,
    message,
    lastTimestamp: '2026-01-01T00:00:01Z',
  });

describe('every state', () => {
  const strategies = ['Always', 'RerunOnFailure', 'Manual', 'Halted', 'Once'];
  const phases = [undefined, '', 'Pending', 'Scheduling', 'Scheduled', 'Running', 'Succeeded', 'Failed', 'Unknown'];
  const conditions = [
    [],
    [no('Synchronized', 'something new', 'NewReason')],
    [no('PodScheduled', 'something else')],
    [yes('Paused', '', 'PausedByUser')],
  ];
  const everyState = [...printableStatuses, 'AWordOfTomorrow'].flatMap((status) =>
    strategies.flatMap((strategy) =>
      phases.flatMap((phase) =>
        conditions.map((each): WhySources => ({
          vm: vm({ strategy, status }),
          vmi: phase === undefined ? undefined : vmi(phase, each),
          dataVolumes: [],
        })),
      ),
    ),
  );
  const wrongOf = (sources: WhySources, ends: (says: string) => boolean = () => true): string[] => {
    const chains = explain(sources);
    const rules: [string, boolean][] = [
      ['no chain', !asAsked(sources) && chains.length === 0],
      ...chains.flatMap(({ cause, tone, steps, cures }): [string, boolean][] => {
        const trouble = tone === 'problem' || tone === 'warning';
        const alone = cause === 'deleting' || cause === 'restart-required';
        return [
          [`${cause}: leads nowhere`, steps.length < (alone ? 1 : 2)],
          [`${cause}: an empty step`, steps.some(({ object, says }) => object === '' || says === '')],
          [`${cause}: no way out`, trouble && cures.length === 0],
          [`${cause}: two buttons alike`, new Set(cures.map(({ label }) => label)).size !== cures.length],
          [`${cause}: the end`, trouble && !ends(steps.at(-1)?.says ?? '')],
        ];
      }),
    ];
    const what = JSON.stringify([sources.vm.status, sources.vm.spec, sources.vmi?.status]);
    return rules.flatMap(([rule, broken]) => (broken ? [`${rule} ${what}`] : []));
  };
  test('a machine that is not as asked has a chain, and each chain leads somewhere', () => {
    expect(everyState.length).toBeGreaterThan(2000);
    expect(everyState.flatMap((sources) => wrongOf(sources))).toEqual([]);
  });
  test('what could not be looked at is said', () => {
    const unseen = { state: 'unseen', says: 'events (forbidden)' } as const;
    const blind = near({ lists: { events: unseen, nodes: unseen, pods: unseen } });
    const tells = (says: string) => says.includes('events (forbidden)');
    expect(everyState.flatMap((sources) => wrongOf({ ...sources, near: blind }, tells))).toEqual([]);
  });
  test('what is as asked needs no words', () => {
    expect(
      explain({ vm: vm({ status: 'Running' }), vmi: vmi('Running', [yes('Ready', '')]), dataVolumes: [] }),
    ).toEqual([]);
    expect(explain({ vm: vm({ strategy: 'Manual', status: 'Stopped' }), dataVolumes: [] })).toEqual([]);
    expect(
      explain({ vm: vm({ strategy: 'Halted', status: 'Stopped' }), vmi: vmi('Succeeded'), dataVolumes: [] }),
    ).toEqual([]);
  });
  test('strange objects are no reason to throw', () => {
    const odd = {
      ...vm(),
      spec: { template: 3, dataVolumeTemplates: 'x' },
      status: { conditions: 'no', printableStatus: 7 },
    } as unknown as KubeObject;
    expect(
      explain({ vm: odd, vmi: { ...vmi(''), status: { phase: {} } } as unknown as KubeObject, dataVolumes: [odd] })
        .length,
    ).toBeGreaterThan(0);
  });
  test('each cause has an id of its own', () => {
    const ids = [...proven, ...ordinary].map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual(['disk-full']); // while importing, and while running
  });
});

const dv = (phase: string, running: object, spec: object = {}, name = 'web-root'): KubeObject =>
  of('DataVolume', name, { spec, status: { phase, conditions: [{ type: 'Running', status: 'False', ...running }] } });
const url = 'https://user:secret@images.example/debian.qcow2';
const http = (checksum?: string) => ({ source: { http: { url, ...(checksum && { checksum }) } } });

describe('disks', () => {
  const sources = (volume: KubeObject): WhySources => ({
    vm: vm({ status: 'DataVolumeError' }),
    dataVolumes: [volume],
  });
  test.each([
    [
      'image-unreachable',
      {
        reason: 'Error',
        message:
          'Unable to connect to http data source: Get "https://images.example/debian.qcow2": dial tcp: lookup images.example: no such host',
      },
    ],
    [
      'image-unreachable',
      {
        reason: 'Error',
        message: 'Unable to connect to http data source: expected status code 200, got 404. Status: 404 Not Found',
      },
    ],
    [
      'image-unreachable',
      { reason: 'HttpStatus404', message: 'images.example answered 404. The file was moved or removed.' },
    ],
    [
      'disk-full',
      {
        reason: 'Error',
        message: 'Unable to transfer source data to target file: write /data/disk.img: no space left on device',
      },
    ],
    ['import-failed', { reason: 'Error', message: 'Unable to process data: qemu-img: invalid format' }],
  ])('%s: %o', (cause, running) => {
    const chain = first(sources(dv('Failed', running, http())));
    expect(chain?.cause).toBe(cause);
    expect(JSON.stringify(chain)).not.toContain('secret@');
    expect(labels(sources(dv('Failed', running, http()))).join()).toMatch(/again/);
  });
  test('an importer that restarts has not failed for good, and still is in trouble', () => {
    expect(
      first(sources(dv('ImportInProgress', { reason: 'Error', message: 'connection refused' }, http())))?.cause,
    ).toBe('image-unreachable');
    expect(
      first({
        vm: vm({ status: 'Provisioning' }),
        dataVolumes: [dv('ImportInProgress', { reason: 'Pod is running', message: '', status: 'True' }, http())],
      })?.cause,
    ).toBe('importing');
  });
  test('a checksum that differs: the right one is offered, and asked about', () => {
    const [wrong, right] = ['a'.repeat(64), 'b'.repeat(64)];
    const chain = first(
      sources(
        dv(
          'Failed',
          { reason: 'ChecksumMismatch', message: `its sha256 is ${right}, but ${wrong} was expected.` },
          http(`sha256:${wrong}`),
        ),
      ),
    );
    expect(chain?.cause).toBe('bad-checksum');
    expect(chain?.cures.map(({ action, asks }) => [action, asks !== undefined])).toEqual([
      [{ type: 'importAgain', dataVolume: { namespace: 'default', name: 'web-root' } }, false],
      [
        { type: 'importAgain', dataVolume: { namespace: 'default', name: 'web-root' }, checksum: `sha256:${right}` },
        true,
      ],
      [{ type: 'importAgain', dataVolume: { namespace: 'default', name: 'web-root' }, checksum: '' }, true],
    ]);
  });
  test('a copy of an image that failed leads to the image', () => {
    const copy = of('DataVolume', 'web-root', {
      spec: { source: { pvc: { namespace: 'hearth-images', name: 'debian' } } },
      status: { phase: 'CloneScheduled' },
    });
    const image = {
      ...dv('Failed', { reason: 'NetworkError', message: 'The network is unreachable.' }, http(), 'debian'),
      metadata: { name: 'debian', namespace: 'hearth-images' },
    };
    const chain = first({ vm: vm({ status: 'Provisioning' }), dataVolumes: [copy], origins: [image] });
    expect([chain?.cause, chain?.steps.map(({ object }) => object)]).toEqual([
      'image-unreachable',
      ['VirtualMachine web', 'DataVolume web-root', 'DataVolume debian'],
    ]);
    expect(chain?.cures[0]?.action).toMatchObject({
      type: 'importAgain',
      dataVolume: { namespace: 'hearth-images', name: 'debian' },
    });
  });
  test('progress is a number', () => {
    const volume = of('DataVolume', 'web-root', { status: { phase: 'ImportInProgress', progress: '41.50%' } });
    expect(first({ vm: vm({ status: 'Provisioning' }), dataVolumes: [volume] })).toMatchObject({
      cause: 'importing',
      tone: 'wait',
      progress: 0.415,
    });
  });
  test('a claim without storage: the class that is missing, and those that are there', () => {
    const claim = of('PersistentVolumeClaim', 'web-root', {
      spec: { storageClassName: 'gone' },
      status: { phase: 'Pending' },
    });
    const volume = of('DataVolume', 'web-root', {
      spec: { storage: { storageClassName: 'gone' } },
      status: { phase: 'ImportScheduled' },
    });
    const base: WhySources = {
      vm: vm({ status: 'Provisioning' }),
      vmi: vmi('Scheduling', [
        no('PodScheduled', '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.'),
      ]),
      dataVolumes: [volume],
      claims: [claim],
    };
    const chain = first({
      ...base,
      near: near({
        lists: { storageClasses: known([of('StorageClass', 'local-path', { provisioner: 'rancher.io/local-path' })]) },
      }),
    });
    expect([chain?.cause, chain?.steps.at(-1)]).toEqual([
      'pvc-pending',
      { object: 'StorageClass gone', says: 'It does not exist.' },
    ]);
    expect(chain?.cures[0]?.action).toMatchObject({ type: 'useStorageClass', storageClass: 'local-path' });
  });
});

describe('places', () => {
  const pending = (message: string, guest = '4Gi'): WhySources => ({
    vm: vm({ status: 'ErrorUnschedulable' }),
    vmi: vmi('Scheduling', [no('PodScheduled', message, 'Unschedulable')], { domain: { memory: { guest } } }),
    dataVolumes: [],
  });
  const other = (name: string, memory: string) =>
    of('VirtualMachineInstance', name, {
      spec: { domain: { memory: { guest: memory } } },
      status: { phase: 'Running', nodeName: 'one' },
    });
  const node = of('Node', 'one', { status: { allocatable: { memory: '8Gi' } } });
  test('memory: who could make room, and what would fit', () => {
    const sources = {
      ...pending('0/1 nodes are available: 1 Insufficient memory.', '6Gi'),
      near: near({ lists: { nodes: known([node]), instances: known([other('big', '4Gi'), other('small', '512Mi')]) } }),
    };
    const chain = first(sources);
    expect([chain?.cause, chain?.short]).toEqual(['not-enough-memory', expect.stringContaining('Insufficient memory')]);
    expect(chain?.cures.map(({ action }) => action).slice(0, 2)).toEqual([
      { type: 'stopMachine', machine: { namespace: 'default', name: 'big' } },
      { type: 'setMemory', memory: expect.any(Number) },
    ]);
    const less = chain?.cures.map(({ action }) => action).find((each) => each.type === 'setMemory');
    expect(less?.type === 'setMemory' && less.memory).toBeLessThan(3.5 * 2 ** 30);
  });
  test('the engine says its figures', () => {
    const message =
      '0/1 nodes are available: 1 Insufficient memory. The machine needs 4.2 GiB (4.0 GiB guest + 200 MiB QEMU); 1.0 GiB of 14.0 GiB for machines are free. Stop another machine.';
    const set = first(pending(message))
      ?.cures.map(({ action }) => action)
      .find((each) => each.type === 'setMemory');
    expect(set).toEqual({ type: 'setMemory', memory: 768 * 2 ** 20 });
    const typed = {
      ...pending(message),
      vm: {
        ...vm({ status: 'ErrorUnschedulable' }),
        spec: { runStrategy: 'Always', instancetype: { name: 'u1.large' }, template: {} },
      },
    };
    expect(first(typed)?.cures.some(({ action }) => action.type === 'setMemory')).toBe(false);
  });
  test('a cordoned node, a node that is away, processors, the accelerator', () => {
    const cordoned = { ...node, spec: { unschedulable: true } };
    const chain = first({
      ...pending('0/1 nodes are available: 1 node(s) were unschedulable.'),
      near: near({ lists: { nodes: known([cordoned]) } }),
    });
    expect([chain?.cause, chain?.cures[0]?.action]).toEqual(['node-cordoned', { type: 'uncordon', node: 'one' }]);
    expect(
      first(pending('0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.'))
        ?.cause,
    ).toBe('no-node-fits');
    expect(first(pending('0/1 nodes are available: 1 Insufficient cpu.'))?.cause).toBe('not-enough-cpu');
    const kvm = first({
      ...pending('0/1 nodes are available: 1 Insufficient devices.kubevirt.io/kvm.'),
      near: near({ lists: { nodes: known([node]) } }),
    });
    expect([kvm?.cause, kvm?.cures[0]?.action]).toEqual(['no-accelerator', { type: 'softwareMode', by: 'kubevirt' }]);
  });
  test('quota: what is over, and how much it would have to be', () => {
    const message =
      'failed to create virtual machine pod: pods "virt-launcher-web-x" is forbidden: exceeded quota: compute, requested: limits.memory=4Gi,requests.cpu=500m, used: limits.memory=6Gi,requests.cpu=1, limited: limits.memory=8Gi,requests.cpu=4';
    const chain = first({
      vm: vm({ status: 'Starting' }),
      vmi: vmi('Pending', [no('Synchronized', message, 'FailedCreate')]),
      dataVolumes: [],
    });
    expect([chain?.cause, chain?.cures[0]?.action]).toEqual([
      'quota',
      { type: 'raiseQuota', quota: 'compute', resource: 'limits.memory', to: '10Gi' },
    ]);
    expect(chain?.steps.at(-1)?.says).toBe('limits.memory: 6Gi used and 4Gi asked for, of 8Gi.');
  });
});

describe('what it starts with', () => {
  const secret = { volumes: [{ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'web-data' } } }] };
  const waiting = (named: Near['named']): WhySources => ({
    vm: vm({ spec: secret }),
    vmi: vmi('Scheduling'),
    dataVolumes: [],
    near: near({ named }),
  });
  test('a secret that is missing, one without its key, one that may not be seen', () => {
    const gone = first(
      waiting({ 'Secret default/web-data': known(undefined), 'Secret default/other': known({ keys: ['userdata'] }) }),
    );
    expect(gone?.cause).toBe('missing-secret');
    expect(gone?.cures.slice(0, 2).map(({ action }) => action)).toEqual([
      { type: 'createSecret', secret: 'web-data', key: 'userdata', text: '#cloud-config\n' },
      { type: 'useSecret', instead: 'web-data', secret: 'other' },
    ]);
    expect(first(waiting({ 'Secret default/web-data': known({ keys: ['other'] }) }))?.steps.at(-1)?.says).toBe(
      'It has no key userdata.',
    );
    expect(first(waiting({ 'Secret default/web-data': known({ keys: ['userdata'] }) }))?.cause).toBe('starting');
    expect(
      first(waiting({ 'Secret default/web-data': { state: 'unseen', says: 'Secret web-data (forbidden)' } }))?.cause,
    ).toBe('starting');
  });
  test('a network that is missing', () => {
    const spec = { networks: [{ name: 'lab', multus: { networkName: 'lab-net' } }] };
    const message = 'failed to render launch manifest: Failed to locate network attachment definition default/lab-net';
    const chain = first({
      vm: vm({ spec }),
      vmi: vmi('Pending', [no('Synchronized', message, 'FailedCreate')]),
      dataVolumes: [],
      near: near({ lists: { networks: known([of('NetworkAttachmentDefinition', 'other')]) } }),
    });
    expect([chain?.cause, chain?.cures.slice(0, 3).map(({ action }) => action)]).toEqual([
      'missing-network',
      [
        { type: 'createNetwork', network: { namespace: 'default', name: 'lab-net' } },
        { type: 'moveInterface', interface: 'lab', network: 'default/other' },
        { type: 'moveInterface', interface: 'lab', network: 'pod' },
      ],
    ]);
  });
});

describe('QEMU and the guest', () => {
  const failed = (message: string, reason = 'LaunchFailed', status = 'CrashLoopBackOff'): WhySources => ({
    vm: vm({ status, more: { conditions: [yes('Failure', message, reason)] } }),
    vmi: vmi('Failed', [no('Synchronized', message, reason)]),
    dataVolumes: [],
  });
  test.each([
    ['qemu-missing', 'QEMU could not be started: spawn /usr/bin/qemu-system-x86_64 ENOENT', 'LaunchFailed'],
    [
      'no-accelerator',
      'QEMU ended at once (code 1): qemu-system-x86_64: failed to initialize kvm: No such file or directory',
      'LaunchFailed',
    ],
    [
      'no-accelerator',
      'QEMU ended at once (code 1): qemu-system-x86_64: -accel hvf: invalid accelerator hvf',
      'LaunchFailed',
    ],
    ['qemu-killed', 'The QEMU process was killed, probably because this computer ran out of memory.', 'Killed'],
    ['ended-badly', 'The guest system panicked (a crash of its kernel).', 'GuestPanicked'],
  ])('%s', (cause, message, reason) => {
    expect(first(failed(message, reason))?.cause).toBe(cause);
    expect(shortWhy(explain(failed(message, reason)))).toContain(message.slice(0, 20));
  });
  test('a container that the node killed', () => {
    const pod = of('Pod', 'virt-launcher-web-abc', {
      metadata: {
        name: 'virt-launcher-web-abc',
        namespace: 'default',
        labels: { 'kubevirt.io/created-by': 'uid-VirtualMachineInstance-web' },
      },
      status: {
        containerStatuses: [{ name: 'compute', state: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }],
      },
    });
    expect(
      first({
        vm: vm({ status: 'Stopped', strategy: 'Manual' }),
        vmi: vmi('Failed'),
        dataVolumes: [],
        near: near({ lists: { pods: known([pod]) } }),
      })?.cause,
    ).toBe('qemu-killed');
  });
  test('nothing to boot, a set-up that failed, a full disk, a port that is taken: the machine runs, and still', () => {
    const running = (conditions: object[]): WhySources => ({
      vm: vm({ status: 'Running' }),
      vmi: vmi('Running', conditions, {
        domain: {
          devices: {
            disks: [
              { name: 'cd', cdrom: {}, bootOrder: 1 },
              { name: 'root', disk: {}, bootOrder: 2 },
            ],
          },
        },
      }),
      dataVolumes: [],
    });
    const life = first(running([yes('NoSignOfLife', 'It says: "No bootable device."', 'NoBootableDevice')]));
    expect([life?.cause, life?.cures.slice(0, 2).map(({ action }) => action)]).toEqual([
      'no-sign-of-life',
      [
        { type: 'bootFrom', disk: 'root' },
        { type: 'eject', disk: 'cd' },
      ],
    ]);
    const boot = { state: 'error', problems: [{ severity: 'error', part: 'runcmd', text: 'exit 1' }] } as const;
    expect(first({ ...running([]), near: near({ boot: { ...boot, problems: [...boot.problems] } }) })?.cause).toBe(
      'cloud-init-broken',
    );
    expect(
      first({ ...running([yes('Paused', 'low-level IO error', 'PausedIOError')]), vm: vm({ status: 'Paused' }) })
        ?.cause,
    ).toBe('disk-full');
    const service = (name: string, ingress: object[]) =>
      of('Service', name, {
        spec: { type: 'LoadBalancer', ports: [{ port: 8080, protocol: 'TCP' }] },
        status: { loadBalancer: { ingress } },
      });
    const own = service('web-tcp-80', []);
    expect(explain({ ...running([]), services: [own], near: near({ lists: { services: known([own]) } }) })).toEqual([]);
    const taken = first({
      ...running([]),
      services: [own],
      near: near({ lists: { services: known([own, service('other', [{ ip: '10.0.0.1' }])]) } }),
    });
    expect([taken?.cause, taken?.cures[0]?.action]).toEqual([
      'port-taken',
      { type: 'changePort', service: 'web-tcp-80', hostPort: 8080, protocol: 'TCP' },
    ]);
  });
  test('a snapshot under way holds a start up, one of a running machine nobody', () => {
    const marked = (strategy: string, status: string) =>
      vm({ strategy, status, more: { snapshotInProgress: 'nightly', stateChangeRequests: [{ action: 'Start' }] } });
    expect(first({ vm: marked('Manual', 'Stopped'), dataVolumes: [] })?.cause).toBe('snapshot-in-progress');
    expect(explain({ vm: marked('Always', 'Running'), vmi: vmi('Running'), dataVolumes: [] })).toEqual([]);
    const gone = explain({
      vm: marked('Always', 'Running'),
      vmi: vmi('Running'),
      dataVolumes: [],
      near: near({ lists: { snapshots: known([]) } }),
    });
    expect([gone[0]?.cause, gone[0]?.steps.at(-1)?.says]).toEqual([
      'snapshot-in-progress',
      'It does not exist any more.',
    ]);
  });
  test('what nobody knows: what is known, the last events, where to look', () => {
    const chain = first({
      vm: vm({ status: 'AWordOfTomorrow' }),
      vmi: vmi('Scheduled', []),
      dataVolumes: [],
      near: near({
        lists: {
          events: known([
            event('VirtualMachineInstance', 'web', 'Odd', 'something odd'),
            event('VirtualMachineInstance', 'other', 'Odd', 'elsewhere'),
          ]),
        },
      }),
    });
    expect(chain?.cause).toBe('unknown');
    expect(chain?.steps.map(({ says }) => says)).toContain('Odd: something odd');
    expect(JSON.stringify(chain)).not.toContain('elsewhere');
  });
});
