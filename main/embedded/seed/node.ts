import { createHash } from 'node:crypto';
import { readFileSync, statfsSync } from 'node:fs';
import { arch, cpus, hostname, platform, release, totalmem, type } from 'node:os';
import { architectureOf } from '../admission/vm/defaults.ts';
import type { Accelerator } from '../../contract/host.ts';
import type { EngineContext } from '../kube/context.ts';
import type { KubeObject } from '../kube/object.ts';
import { kubeTime } from './time.ts';

const words: Record<Accelerator, string> = {
  kvm: 'machines run on the processor with KVM',
  hvf: 'machines run on the processor with the Hypervisor framework',
  whpx: 'machines run on the processor with the Windows Hypervisor Platform',
  tcg: 'machines run in software mode (TCG): correct, and about ten times slower',
};

/** First line of a file with an id, or a stable id of this host where there is none. */
const hostId = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Not Linux, or a container without one: the field is required, so make one of what is stable here.
    return createHash('sha256').update(`${file} ${hostname()}`).digest('hex').slice(0, 32);
  }
};

const osImage = (): string => {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(text)?.[1] ?? type();
  } catch {
    return `${type()} ${release()}`;
  }
};

const kibibytes = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`;

/** This computer as the one node: what it has, what machines may take of it, how it runs them. */
export const nodeObject = ({ config, paths }: EngineContext): KubeObject => {
  const { nodeName, accelerator, memory } = config;
  const now = kubeTime();
  const disk = statfsSync(paths.root);
  const hardware = accelerator !== 'tcg';
  const goArch = architectureOf(config);
  const goOs = platform() === 'win32' ? 'windows' : platform();
  const condition = (kind: string, status: boolean, reason: string, message: string) => ({
    type: kind,
    status: status ? 'True' : 'False',
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  const devices = accelerator === 'kvm' ? { 'devices.kubevirt.io/kvm': '1k' } : { 'devices.kubevirt.io/kvm': '0' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: {
        'kubernetes.io/hostname': nodeName,
        'kubernetes.io/arch': goArch,
        'kubernetes.io/os': goOs,
        'node-role.kubernetes.io/control-plane': '',
        'kubevirt.io/schedulable': 'true',
        'hearth.dev/accelerator': accelerator,
      },
      // The engine runs as the user, on the user's computer: a DataVolume may name a file of it.
      annotations: {
        'hearth.dev/local-files': 'true',
        // Machines have names and addresses of their own on the pod network, and keep those that are asked for.
        'hearth.dev/machine-names': 'true',
        // Virtual processors of all machines together: more than there are, as an over-committed node of KubeVirt gives out.
        ...(config.processors !== undefined && { 'hearth.dev/virtual-processors': String(config.processors) }),
      },
    },
    spec: {},
    status: {
      capacity: {
        cpu: String(cpus().length),
        memory: kibibytes(totalmem()),
        'ephemeral-storage': kibibytes(disk.blocks * disk.bsize),
        ...devices,
      },
      allocatable: {
        cpu: String(config.cpus),
        memory: kibibytes(memory),
        'ephemeral-storage': kibibytes(disk.bavail * disk.bsize),
        ...devices,
      },
      conditions: [
        condition('Ready', true, 'KubeletReady', 'the engine runs'),
        condition(
          'HardwareAcceleration',
          hardware,
          hardware ? accelerator.toUpperCase() : 'SoftwareEmulation',
          words[accelerator],
        ),
      ],
      addresses: [
        { type: 'Hostname', address: nodeName },
        { type: 'InternalIP', address: '127.0.0.1' },
      ],
      nodeInfo: {
        architecture: goArch,
        bootID: hostId('/proc/sys/kernel/random/boot_id'),
        machineID: hostId('/etc/machine-id'),
        systemUUID: hostId('/etc/machine-id'),
        kernelVersion: release(),
        osImage: osImage(),
        operatingSystem: goOs,
        containerRuntimeVersion: `qemu://${arch()}`,
        kubeletVersion: 'v1.36.0+hearth',
        kubeProxyVersion: '',
      },
    },
  };
};
