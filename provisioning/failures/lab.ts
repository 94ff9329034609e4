import type { Failure } from './failure.ts';

/** Causes in KubeVirt, CDI and kind. Most urgent first. */
export const labFailures: readonly Failure[] = [
  {
    id: 'image-volume',
    sources: ['event', 'podlog'],
    pattern: /container-disk-binary\/usr\/bin\/container-disk"?: (?:stat .*: )?no such file or directory/,
    title: 'Container disks are mounted empty',
    text: 'The containerd of k3s before v1.36.2 mounts image volumes empty, which KubeVirt 1.9 uses.',
    fix: 'Upgrade k3s to v1.36.2 or newer, or switch off the feature gate ImageVolume of KubeVirt.',
  },
  {
    id: 'devices',
    sources: ['event'],
    pattern: /Insufficient devices\.kubevirt\.io\/(?:kvm|tun|vhost-net)/,
    title: 'The node does not offer what a machine needs',
    text: 'KubeVirt found no KVM, tun or vhost-net on the node.',
    fix: 'Load the kernel modules (kvm_intel or kvm_amd, tun, vhost_net); without KVM set the appliance to software mode.',
  },
  {
    id: 'no-storage-class',
    sources: ['event'],
    pattern: /no storage class is set|no storageClass to choose profile|no default storage class/i,
    title: 'There is no default storage class',
    text: 'A disk that names no class waits for ever, also when a class comes later.',
    fix: 'Make a storage class the default, then delete the disk and make it again.',
  },
  {
    id: 'no-access-mode',
    sources: ['event'],
    pattern: /[Ss]pec is missing accessMode|no accessMode (?:defined|specified)/,
    title: 'CDI does not know the storage class',
    text: 'Its storage profile says nothing about access modes.',
    fix: 'Give the disk an access mode (ReadWriteOnce), or write it into the StorageProfile.',
  },
  {
    id: 'block-denied',
    sources: ['podlog', 'event'],
    pattern: /cannot open \/dev\/cdi-block-volume: Permission denied|\/dev\/cdi-block-volume'?: Permission denied/,
    title: 'A block disk may not be opened',
    text: 'containerd gives devices to root only; k3s must be told to give them to those who asked.',
    fix: 'Set nonroot-devices: true in the configuration of k3s and restart it.',
    action: 'restart',
  },
  {
    id: 'upload-timeout',
    sources: ['podlog', 'event', 'helper'],
    pattern:
      /\/v1(?:alpha1|beta1)\/upload\S*: .*(?:connection timed out|i\/o timeout|EOF)|error forwarding .*8443|upload pod to be ready.*timed out|error copying from (?:local|remote) (?:connection|stream)/,
    title: 'An upload broke off',
    text: 'The way to CDI’s upload server was lost, or its pod did not become ready.',
    fix: 'Try again; it starts at the beginning. See whether the upload pod waits for space or for a node.',
  },
  {
    id: 'webhook-down',
    sources: ['event', 'journal', 'helper'],
    pattern: /failed calling webhook "[^"]*(?:kubevirt|cdi)[^"]*"/i,
    title: 'KubeVirt’s checks do not answer',
    text: 'The API server asks them before every change of a machine; while they are down nothing can be changed.',
    fix: 'Wait until the pods in the namespaces kubevirt and cdi run.',
  },
  {
    id: 'docker-snap',
    sources: ['kind'],
    pattern: /snap\/docker|snap\.docker/,
    title: 'Docker from a snap sees no temporary files',
    text: 'A snap may not read /tmp, where kind puts its files.',
    fix: 'Set TMPDIR to a folder in your home, or install Docker from its own packages.',
  },
  {
    id: 'kind-no-engine',
    sources: ['kind'],
    pattern: /Cannot connect to the Docker daemon|permission denied while trying to connect to the [Dd]ocker/,
    title: 'The container engine does not answer',
    text: 'It does not run, or your account may not use it.',
    fix: 'Start it (systemctl start docker), or add your account to the group docker and sign in again.',
  },
  {
    id: 'kind-node',
    sources: ['kind'],
    pattern:
      /could not find a log line that matches|failed to init node with kubeadm|kubelet is not (?:running|healthy)|failed to create cluster/,
    title: 'The node of kind did not start',
    text: 'Its container ended or its services did not come up.',
    fix: 'Try again with fewer programs running; `kind export logs` has the details.',
  },
];
