import type { HostReport } from '../../../main/contract/host.ts';
import type { Target } from '../../../main/contract/target.ts';

const GiB = 1024 ** 3;
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

/** A believable small PC; `software` = KVM is there and does not work. */
export function hostReport(mode: 'kvm' | 'software'): HostReport {
  const software = mode === 'software';
  return {
    facts: {
      hostname: 'attic',
      os: { name: 'Debian GNU/Linux', version: '12 (bookworm)', kernel: '6.1.0-28-amd64', arch: 'x86_64' },
      cpu: {
        model: 'AMD Ryzen 5 5600G with Radeon Graphics',
        cores: 6,
        threads: 12,
        level: 3,
        virtualizationFlag: software ? 'none' : 'svm',
      },
      memory: { total: 31.2 * GiB, available: 22.4 * GiB, swapTotal: 2 * GiB },
      dataDisk: {
        path: '/home/ada/.local/share/hearth',
        total: 476 * GiB,
        free: 212 * GiB,
        fileSystem: 'btrfs',
        reflink: true,
      },
      hypervisor: software ? { present: true, name: 'KVM' } : { present: false, name: 'none' },
      gpus: [{ name: 'AMD Cezanne', pciAddress: '0000:07:00.0', driver: 'amdgpu', iommuGroup: '11', bootVga: true }],
      iommu: { tablePresent: true, groups: 23 },
      network: [
        { name: 'enp4s0', mac: '3c:7c:3f:10:aa:01', addresses: ['192.168.1.40'], kind: 'wired', up: true },
        { name: 'wlp3s0', mac: '3c:7c:3f:10:aa:02', addresses: [], kind: 'wireless', up: false },
      ],
      qemu: [{ binary: '/usr/bin/qemu-system-x86_64', arch: 'x86_64', version: '7.2.22' }],
      qemuImg: { path: '/usr/bin/qemu-img', version: '7.2.22' },
    },
    checks: [
      {
        id: 'qemu',
        title: 'QEMU is installed',
        status: 'ok',
        detail: 'qemu-system-x86_64 7.2.22 in /usr/bin.',
        commands: [],
      },
      {
        id: 'accelerator',
        title: software ? 'Virtual machines run in software mode' : 'Hardware acceleration works',
        status: software ? 'note' : 'ok',
        detail: software
          ? 'KVM stopped at SYSCALL after 96 ms; software mode passed in 41 ms.'
          : 'A test guest ran through all stages under KVM in 58 ms.',
        commands: [],
        ...(software
          ? { fix: 'Turn on nested virtualization where this machine runs, or go on in software mode.' }
          : {}),
      },
      { id: 'memory', title: 'Memory', status: 'ok', detail: '22 of 31 GiB are free.', commands: [] },
      {
        id: 'disk',
        title: 'Room for disks',
        status: 'ok',
        detail: '212 GiB free on btrfs in /home/ada/.local/share/hearth; files are cloned without copying.',
        commands: [],
      },
      {
        id: 'firmware',
        title: 'UEFI firmware for machines',
        status: 'warning',
        detail: 'OVMF is not installed: machines start with BIOS only.',
        fix: 'Install the package ovmf.',
        commands: ['sudo apt install ovmf'],
      },
      {
        id: 'mirror',
        title: 'Debian mirror answers',
        status: 'ok',
        detail: 'http://deb.debian.org answered in 84 ms.',
        commands: [],
      },
    ],
    accelerator: {
      chosen: software ? 'tcg' : 'kvm',
      chosenBy: 'trial',
      failureClass: software ? 'K7' : 'K0',
      title: software ? 'KVM is there, and cannot run a normal system' : 'Hardware acceleration works',
      detail: software
        ? 'This machine offers a KVM device that stops at the SYSCALL instruction. Machines use software mode: everything works, about ten times slower.'
        : 'Machines run at nearly the speed of this computer.',
      commands: [],
      evidence: software
        ? 'KVM stopped at SYSCALL after 96 ms; software mode passed in 41 ms.'
        : 'KVM passed in 58 ms; software mode passed in 112 ms.',
      runs: [
        software
          ? { accelerator: 'kvm', verdict: 'fail', stages: 'RPLT', stoppedAt: 'SYSCALL', ms: 96 }
          : { accelerator: 'kvm', verdict: 'pass', stages: 'RPLTUFC', ms: 58, workMs: 0.6 },
        { accelerator: 'tcg', verdict: 'pass', stages: 'RPLTUFC', ms: 41, workMs: 1.1 },
      ],
      triedAt: ago(3600),
      fromCache: true,
      ...(software ? { fix: 'Turn on nested virtualization where this machine runs.' } : {}),
    },
  };
}

export function target(state: Target['state'], accelerator: string): Target {
  return {
    id: 'quick-lab',
    name: 'Quick lab',
    state,
    since: ago(state === 'ready' ? 7200 : 95),
    server: 'https://127.0.0.1:41873',
    version: 'v1.32.0+hearth',
    capabilities: [
      ...(
        [
          'machines',
          'createMachines',
          'editMachines',
          'deleteMachines',
          'powerMachines',
          'console',
          'vnc',
          'screenshots',
          'portForward',
          'images',
          'upload',
          'localFiles',
          'serviceForwards',
          'metrics',
          'networks',
          'liveNetworks',
          'networkFaults',
          'hotplugDisks',
          'discDrives',
          'newDisks',
          'otherNetworks',
          'instanceTypes',
          'nodes',
          'quotas',
          'clusterSettings',
          'growDisks',
          'secureBoot',
          'vtpm',
          'clones',
          'fullClones',
          'machineState',
          'exports',
        ] as const
      ).map((id) => ({
        id,
        supported: true,
      })),
      { id: 'snapshots', supported: true },
      { id: 'memorySnapshots', supported: true },
      ...(['lanBridge', 'migration'] as const).map((id) => ({
        id,
        supported: false,
        reason: 'The Quick lab does not do this yet.',
        remedy: 'It comes with a later version.',
      })),
    ],
    capacity: { cpus: 12, memory: 30.2 * GiB, memoryInUse: 9.6 * GiB, accelerator, nodes: 1 },
    ...(state === 'lost'
      ? {
          problem: {
            code: 'target-lost',
            title: 'The Quick lab does not answer',
            detail: 'Its API at https://127.0.0.1:41873 stopped answering.',
            cause: 'The engine was stopped, or is starting again.',
            fix: 'It is started again by itself. Machines keep running meanwhile.',
            kind: 'failed' as const,
          },
        }
      : {}),
  };
}
