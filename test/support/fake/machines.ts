import { fakeChains } from './why.ts';
import type { MachineDetail, MachineRow, MachineSample } from '../../../main/contract/machine.ts';
import type { MachineAction } from '../../../main/contract/machine-ref.ts';

const MiB = 1024 ** 2;
const names = ['web', 'db', 'git', 'media', 'vpn', 'dns', 'ci', 'mail', 'wiki', 'lab'];
const systems = [
  ['Debian 12', 'u1.small'],
  ['Ubuntu 24.04', 'u1.medium'],
  ['Alpine 3.22', 'u1.nano'],
  ['Fedora 43', 'u1.medium'],
  ['Hearth starter', 'u1.nano'],
] as const;
type State = Pick<MachineRow, 'status' | 'tone'> & { why?: string };
const states: State[] = [
  { status: 'Running', tone: 'running' },
  { status: 'Running', tone: 'running' },
  { status: 'Stopped', tone: 'stopped' },
  { status: 'Running', tone: 'running' },
  { status: 'Starting', tone: 'busy' },
  { status: 'Paused', tone: 'paused' },
  { status: 'Running', tone: 'running' },
  { status: 'Stopped', tone: 'stopped' },
  { status: 'Provisioning', tone: 'busy', why: 'Its disk is being made from the image (62 %).' },
  {
    status: 'CrashLoopBackOff',
    tone: 'error',
    why: 'QEMU ended 4 times within a minute: the disk has no system that can start.',
  },
];
/** Stable noise, so that pictures can be compared. */
const noise = (seed: number): number => (((Math.sin(seed * 12.9898) * 43758.5453) % 1) + 1) % 1;

export const actionsOf = (tone: MachineRow['tone']): MachineAction[] =>
  ({
    running: ['stop', 'forceStop', 'restart', 'forceRestart', 'pause', 'reset', 'softReboot', 'delete'],
    busy: ['forceStop', 'delete'],
    paused: ['unpause', 'forceStop', 'delete'],
    stopped: ['start', 'delete'],
    error: ['start', 'forceStop', 'delete'],
  })[tone] as MachineAction[];

export function machineRow(index: number): MachineRow {
  const state = states[index % states.length] ?? states[0]!;
  const [os, instancetype] = systems[index % systems.length] ?? systems[0];
  const base = names[index % names.length] ?? 'vm';
  const long = index === 6 ? 'continuous-integration-runner-for-the-big-monorepo-number-seven' : undefined;
  const running = state.tone === 'running';
  const memory = { 'u1.nano': 512, 'u1.small': 2048, 'u1.medium': 4096 }[instancetype] * MiB;
  return {
    uid: `uid-${index}`,
    namespace: index % 7 === 3 ? 'homelab' : 'default',
    name: long ?? (index < names.length ? base : `${base}-${Math.floor(index / names.length)}`),
    status: state.status,
    tone: state.tone,
    cpus: instancetype === 'u1.medium' ? 2 : 1,
    memory,
    addresses: running ? [`10.0.2.${15 + (index % 200)}`] : [],
    os,
    instancetype,
    createdAt: new Date(Date.now() - (index + 1) * 7.3e6).toISOString(),
    ...(index % 3 === 1 ? {} : { folder: ['home', 'home/media', 'lab'][index % 4] ?? 'lab' }),
    ...(index % 2 === 0 ? { labels: { env: index % 4 === 0 ? 'prod' : 'test' } } : {}),
    accelerator: 'kvm',
    actions: actionsOf(state.tone),
    ...(state.why ? { why: state.why } : {}),
    ...(running
      ? {
          cpuUse: noise(index) ** 2,
          memoryUse: memory * (0.2 + 0.6 * noise(index + 9)),
          startedAt: new Date(Date.now() - (index + 1) * 3.1e6).toISOString(),
        }
      : {}),
  };
}

export function machineDetail(row: MachineRow): MachineDetail {
  const { namespace, name } = row;
  const meta = { name, namespace, uid: row.uid, creationTimestamp: row.createdAt };
  const vm = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: meta,
    spec: { runStrategy: 'RerunOnFailure', instancetype: { name: row.instancetype } },
    status: { printableStatus: row.status },
  };
  const all: MachineAction[] = [
    'start',
    'stop',
    'forceStop',
    'restart',
    'forceRestart',
    'pause',
    'unpause',
    'reset',
    'softReboot',
    'delete',
  ];
  return {
    row,
    actions: all.map((action) =>
      row.actions.includes(action)
        ? { action, allowed: true }
        : { action, allowed: false, why: `It is ${row.status.toLowerCase()}.` },
    ),
    why: row.why ? [...fakeChains(row)] : [],
    conditions: [
      { type: 'Ready', status: row.tone === 'running' ? 'True' : 'False', lastTransitionTime: row.createdAt },
      {
        type: 'AgentConnected',
        status: 'False',
        reason: 'GuestAgentNotAvailable',
        message: 'The guest agent did not answer.',
      },
    ],
    vm,
    dataVolumes: [],
    services: [],
    disks: [
      {
        name: 'root',
        kind: 'disk',
        bus: 'virtio',
        source: `dataVolume ${name}-root`,
        bootOrder: 1,
        size: 10 * 1024 ** 3,
        used: 1.4 * 1024 ** 3,
        readOnly: false,
      },
      { name: 'seed', kind: 'disk', bus: 'virtio', source: 'cloudInitNoCloud', size: MiB, readOnly: true },
    ],
    interfaces: [
      {
        name: 'default',
        mac: '52:54:00:12:34:56',
        addresses: row.addresses,
        binding: 'masquerade',
        network: 'Pod network',
        forwards: [{ service: `${name}-ssh`, protocol: 'TCP', hostPort: 30022, guestPort: 22, address: '127.0.0.1' }],
      },
    ],
    yaml: `apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nspec:\n  runStrategy: RerunOnFailure\n  instancetype:\n    name: ${row.instancetype ?? 'u1.small'}\n  template:\n    spec:\n      domain:\n        devices:\n          disks:\n            - name: root\n              disk:\n                bus: virtio\n`,
  };
}

export function sample(row: MachineRow, at: number): MachineSample {
  const wave = (speed: number, shift: number): number => 0.5 + 0.5 * Math.sin(at / speed + shift);
  return {
    at,
    cpu: row.tone === 'running' ? 0.1 + 0.5 * wave(21_000, 1) * wave(7_000, 2) : 0,
    memory: row.memory * (0.4 + 0.1 * wave(90_000, 0)),
    diskRead: 2e6 * wave(15_000, 0),
    diskWrite: 6e6 * wave(11_000, 2),
    netIn: 4e5 * wave(9_000, 1),
    netOut: 1e5 * wave(8_000, 3),
  };
}
