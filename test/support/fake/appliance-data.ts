import type {
  Appliance,
  ApplianceSettings,
  PlaceInput,
  PlanView,
  PreflightFinding,
  PreflightReport,
  RungState,
  UninstallPreview,
} from '../../../main/contract/appliance.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
export const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
export const ahead = (seconds: number): string => ago(-seconds);

export const versions = [
  { k3s: 'v1.36.3+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.64.0', title: 'Tested together' },
  { k3s: 'v1.35.7+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.64.0', title: 'One Kubernetes earlier' },
];
export const settings = (more: Partial<ApplianceSettings> = {}): ApplianceSettings => ({
  mode: 'solo',
  nodeName: 'attic',
  tlsNames: [],
  clusterCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  volumes: '/var/lib/hearth/volumes',
  storage: 'local-path',
  etcd: false,
  accelerator: 'kvm',
  versions: { k3s: 'v1.36.3+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.64.0' },
  dns: [],
  ...more,
});

const finding = (
  id: string,
  group: PreflightFinding['group'],
  title: string,
  detail: string,
  more: Partial<PreflightFinding> = {},
): PreflightFinding => ({
  id,
  title,
  group,
  status: 'ok',
  blocks: false,
  detail,
  evidence: [],
  commands: [],
  inPlan: false,
  ...more,
});

const blocks: PreflightFinding[] = [
  finding('ports', 'network', 'Port 6443 is taken', 'MicroK8s listens on the port of the Kubernetes API.', {
    status: 'problem',
    blocks: true,
    evidence: ['LISTEN 0 4096 *:6443 *:* users:(("kubelite",pid=1804,fd=12))'],
    fix: 'Stop MicroK8s, or use its kubeconfig as an existing cluster.',
    commands: ['sudo snap stop --disable microk8s'],
  }),
  finding('cgroup', 'kernel', 'Control groups are version 1', 'The kubelet since 1.35 refuses to run on them.', {
    status: 'problem',
    blocks: true,
    evidence: ['statfs /sys/fs/cgroup: type 0x01021994 (tmpfs)'],
    fix: 'Boot with version 2, which every system since 2021 can.',
    commands: [
      "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&systemd.unified_cgroup_hierarchy=1 /' /etc/default/grub",
      'sudo update-grub',
    ],
  }),
];
export function findings(mode: 'ok' | 'blocked', software: boolean): PreflightFinding[] {
  return [
    ...(mode === 'blocked' ? blocks : []),
    finding('init', 'system', 'systemd runs here', 'Services can be installed.', { evidence: ['/run/systemd/system'] }),
    finding('memory', 'system', 'Memory', '31 GiB, of which about 2.5 GiB go to the appliance itself.', {
      evidence: ['MemTotal: 32715776 kB', 'MemAvailable: 23488102 kB'],
    }),
    finding('clock', 'system', 'The clock is right', 'Set by the network 4 minutes ago.', {
      evidence: ['NTPSynchronized=yes'],
    }),
    finding('other-kubernetes', 'system', 'No other Kubernetes', 'No unit, folder or process of one was found.'),
    finding(
      'accelerator',
      'kernel',
      software ? 'Machines will run in software mode' : 'Hardware acceleration works',
      software
        ? 'KVM stopped at SYSCALL after 96 ms. KubeVirt is set to software mode.'
        : 'A test guest ran through all stages under KVM in 58 ms.',
      software ? { status: 'note', evidence: ['kvm: RPLT, stopped at SYSCALL, 96 ms', 'tcg: RPLTUFC, 41 ms'] } : {},
    ),
    finding('modules', 'kernel', 'Two kernel modules are not loaded', 'br_netfilter and vhost_net are there.', {
      status: 'note',
      inPlan: true,
      fix: 'The plan loads them now and at every start.',
      evidence: ['/lib/modules/6.1.0-28-amd64/kernel/net/bridge/br_netfilter.ko'],
    }),
    finding('inotify', 'kernel', 'Few inotify watches', '128 instances; pods run out of them at about 40 machines.', {
      status: 'warning',
      inPlan: true,
      fix: 'The plan raises it to 8192.',
      evidence: ['fs.inotify.max_user_instances = 128'],
    }),
    finding('ports', 'network', mode === 'blocked' ? 'Other ports' : 'Ports', 'All other ports are free.', {
      evidence: ['6443 6444 10010 10248 10249 10250 10256 10257 10258 10259'],
    }),
    finding(
      'routes',
      'network',
      'A VPN routes 10.0.0.0/8',
      'The usual networks of pods and services lie inside of it.',
      {
        status: 'warning',
        fix: 'Others are suggested in the settings: 172.28.0.0/16 and 172.29.0.0/16.',
        evidence: ['10.0.0.0/8 dev wg0 proto static scope link'],
      },
    ),
    finding('firewall', 'network', 'ufw is on', 'It would stop pods from reaching the API server.', {
      status: 'warning',
      inPlan: true,
      fix: 'The plan lets the networks of the appliance through, and takes that back at the uninstall.',
      evidence: ['Status: active', 'Default: deny (incoming), allow (outgoing), deny (routed)'],
    }),
    finding('dns', 'network', 'Name servers', 'systemd-resolved; 192.168.1.1 is used for pods.'),
    finding('internet', 'network', 'Downloads can be reached', 'github.com, docker.io and quay.io answered.'),
    finding('disk', 'storage', 'Room', '212 GiB free in /var/lib on ext4, an SSD.', {
      evidence: ['/dev/nvme0n1p2 476G 264G 212G 56% /'],
    }),
    finding('speed', 'storage', 'The disk is fast enough', '1.9 ms for a small synced write (99 of 100).'),
    finding('swap', 'storage', 'Swap is on', 'Machines may be swapped out when memory is short.', {
      status: 'note',
      evidence: ['/dev/nvme0n1p3 partition 2097148'],
    }),
    finding('apparmor', 'other', 'AppArmor', 'On, and no profile of libvirt is in the way.'),
  ];
}

export function preflight(
  place: PlaceInput,
  mode: 'ok' | 'blocked',
  elevation: PreflightReport['elevation'],
  software: boolean,
  existing: PreflightReport['existing'],
): PreflightReport {
  return {
    place: place.type === 'local' ? 'this computer' : place.host,
    findings: findings(mode, software),
    suggested: settings({
      nodeName: place.type === 'local' ? 'attic' : (place.host.split('.')[0] ?? 'box'),
      clusterCidr: '172.28.0.0/16',
      serviceCidr: '172.29.0.0/16',
      accelerator: software ? 'tcg' : 'kvm',
      ...(place.type === 'ssh' ? { mode: 'lan' as const, address: '192.168.1.60' } : {}),
    }),
    versions,
    elevation,
    ...(existing ? { existing } : {}),
    at: new Date().toISOString(),
  };
}

export const installSteps: { title: string; seconds: number; lines: string[] }[] = [
  {
    title: 'Fetch what is needed',
    seconds: 4,
    lines: ['k3s-v1.36.3+k3s1-amd64: from the cache', 'k3s-airgap-images-amd64.tar.zst: 198 MiB', 'all files verified'],
  },
  {
    title: 'Prepare the system',
    seconds: 1.2,
    lines: ['modules br_netfilter vhost_net', 'sysctl fs.inotify.max_user_instances=8192', 'dir /var/lib/hearth/volumes'],
  },
  {
    title: 'Place k3s and its configuration',
    seconds: 1.4,
    lines: ['file /usr/local/bin/k3s', 'file /etc/rancher/k3s/config.yaml', 'file /etc/systemd/system/k3s.service'],
  },
  { title: 'Start k3s', seconds: 2.4, lines: ['k3s.service: active (running)', 'kubeconfig handed over, mode 0600'] },
  {
    title: 'Wait for Kubernetes',
    seconds: 2.6,
    lines: ['port 6443 answers', '/readyz: [-]poststarthook/rbac/bootstrap-roles failed', '/readyz: ok', 'node attic: Ready'],
  },
  { title: 'Install KubeVirt', seconds: 3, lines: ['kubevirt.io/v1 KubeVirt/kubevirt: Deploying', 'KubeVirt: Deployed'] },
  { title: 'Install CDI', seconds: 2, lines: ['cdi.kubevirt.io/v1beta1 CDI/cdi: Deployed', 'storage class local-path (default)'] },
  {
    title: 'Start a small test machine',
    seconds: 2,
    lines: ['VirtualMachineInstance hearth-smoke: Scheduling', 'VirtualMachineInstance hearth-smoke: Running', 'sign of life after 9 s'],
  },
]; // prettier-ignore

const config = (of: ApplianceSettings): string => `node-name: ${of.nodeName}
write-kubeconfig-mode: "0600"
disable: [traefik]
secrets-encryption: true
nonroot-devices: true
default-local-storage-path: ${of.volumes}
cluster-cidr: ${of.clusterCidr}
service-cidr: ${of.serviceCidr}
`;
const unit = `[Unit]
Description=Lightweight Kubernetes, installed by Hearth
Wants=network-online.target
After=network-online.target hearth-net.service

[Service]
Type=notify
ExecStart=/usr/local/bin/k3s server
KillMode=process
Restart=always
RestartSec=5s

[Install]
WantedBy=multi-user.target
`;

export function planView(of: ApplianceSettings, cached: boolean): PlanView {
  const downloads = [
    { name: `k3s-${of.versions.k3s}-amd64`, title: 'k3s, the Kubernetes program', size: 78 * MiB, pinned: true },
    { name: 'k3s-airgap-images-amd64.tar.zst', title: 'Images of k3s itself', size: 198 * MiB, pinned: true },
    { name: `virt-operator-${of.versions.kubevirt}.tar`, title: 'KubeVirt', size: 312 * MiB, pinned: true },
    { name: `cdi-${of.versions.cdi}.tar`, title: 'CDI, which makes disks from images', size: 164 * MiB, pinned: true },
    { name: 'virtctl', title: 'virtctl, for the terminal', size: 61 * MiB, pinned: of.versions.k3s === 'v1.36.3+k3s1' },
  ].map((each, index) => ({
    ...each,
    url: `https://github.com/k3s-io/k3s/releases/download/${encodeURIComponent(of.versions.k3s)}/${each.name}`,
    cached: cached || index === 0,
    ...(each.pinned ? { sha256: `${index}f3a9c0e5b7d1426f8e0a9b3c5d7e1f2a4b6c8d0e2f4a6b8c0d2e4f6a8b0c2d4e`.slice(0, 64) } : {}),
  })); // prettier-ignore
  const total = downloads.reduce((sum, each) => sum + each.size, 0);
  const here = downloads.filter((each) => each.cached).reduce((sum, each) => sum + each.size, 0);
  const fields: Record<string, string> = {};
  if (of.nodeName === 'localhost') fields['nodeName'] = 'A node cannot be called localhost.';
  if (of.mode === 'lan' && of.address === undefined) fields['address'] = 'Which address do others reach it at?';
  if (of.storage === 'pool-disk' && !of.poolDisk?.startsWith('/dev/disk/by-id/'))
    fields['poolDisk'] = 'Name the disk by its /dev/disk/by-id/… path, so that no other is meant after a restart.';
  if (of.clusterCidr === of.serviceCidr) fields['serviceCidr'] = 'Pods and services need two different networks.';
  return {
    digest: 'd'.repeat(64),
    summary: `Installs k3s ${of.versions.k3s} as a system service on ${of.nodeName}, with KubeVirt ${of.versions.kubevirt} and CDI ${of.versions.cdi} inside.`,
    download: total,
    cached: here,
    disk: 4.2 * GiB,
    memory: 2.5 * GiB,
    seconds: cached ? 140 : 210,
    downloads,
    steps: [
      { id: 'fetch', title: 'Fetch and verify five files', root: false, detail: 'Into your own cache folder.' },
      { id: 'modules', title: 'Load the kernel modules', root: true, detail: 'br_netfilter, vhost_net, tun' },
      {
        id: 'sysctl',
        title: 'Raise two limits of the kernel',
        root: true,
        detail: 'fs.inotify.max_user_instances, fs.inotify.max_user_watches',
      },
      { id: 'volumes', title: 'Make the folder for disks', root: true, detail: of.volumes },
      { id: 'config', title: 'Write the configuration of k3s', root: true, detail: '/etc/rancher/k3s/config.yaml' },
      { id: 'unit', title: 'Install and start the service', root: true, detail: 'k3s.service, also at every start' },
      { id: 'kubevirt', title: 'Install KubeVirt and CDI', root: false, detail: 'Through the Kubernetes API.' },
      { id: 'smoke', title: 'Start a small test machine', root: false, detail: 'And delete it again.' },
    ],
    files: [
      { path: '/usr/local/bin/k3s', size: 78 * MiB, what: 'The program' },
      { path: '/etc/rancher/k3s/config.yaml', size: 412, what: 'Its configuration', text: config(of) },
      { path: '/etc/systemd/system/k3s.service', size: 640, what: 'The service', text: unit },
      {
        path: '/etc/modules-load.d/hearth.conf',
        size: 28,
        what: 'Kernel modules at start',
        text: 'br_netfilter\nvhost_net\ntun\n',
      },
      {
        path: '/etc/sysctl.d/90-hearth.conf',
        size: 88,
        what: 'Limits of the kernel',
        text: 'fs.inotify.max_user_instances = 8192\nfs.inotify.max_user_watches = 524288\n',
      },
    ],
    running: [
      'k3s.service: the Kubernetes API server, its datastore and containers, as root',
      'In kube-system: coredns, local-path-provisioner, metrics-server',
      'In kubevirt: virt-operator, virt-api, virt-controller, virt-handler',
      'In cdi: cdi-operator, cdi-apiserver, cdi-deployment, cdi-uploadproxy',
    ],
    notes: [
      {
        tone: 'note',
        text: 'k3s itself sets five kernel settings while it runs, vm.overcommit_memory among them. They are set back at the next start after an uninstall.',
      },
      ...(of.storage === 'local-path'
        ? [{ tone: 'note' as const, text: 'Disks are plain files: there are no snapshots with this kind of storage.' }]
        : []),
      ...(of.storage === 'pool-file'
        ? [
            {
              tone: 'warning' as const,
              text: 'The pool is a sparse file. When the disk below it is full, all machines stop at once.',
            },
          ]
        : []),
      ...(of.storage === 'pool-disk'
        ? [{ tone: 'warning' as const, text: 'The whole disk is given away; whatever is on it is gone.' }]
        : []),
    ],
    commands: `# Fetch\ncurl -fLO https://github.com/k3s-io/k3s/releases/download/v1.36.3%2Bk3s1/k3s\necho '0f3a9c0e…  k3s' | sha256sum -c\n# Install\nsudo install -m 755 k3s /usr/local/bin/k3s\nsudo install -Dm 600 config.yaml /etc/rancher/k3s/config.yaml\nsudo systemctl enable --now k3s\n`,
    helper: {
      path: '/usr/libexec/hearth/root-helper',
      sha256: '9b1d6f0c2a7e4d58b3c6f1e0a9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a3f2e1d0',
      text: '#!/bin/sh\n# The only part of Hearth that runs as root. No network, no eval.\nset -eu\n\nfail() {\n  printf \'{"event":"end","ok":false,"text":"%s"}\\n\' "$1"\n  exit 1\n}\n',
    },
    fields,
  };
}

const rung = (id: string, title: string, detail: string, more: Partial<RungState> = {}): RungState => ({
  id,
  title,
  state: 'pass',
  detail,
  ...more,
});
export const ladder = (state: Appliance['state']): RungState[] => {
  const all = [
    rung('unit', 'The service runs', 'k3s.service has been active for 2 d 4 h, restarted 0 times.', { seconds: 0.1 }),
    rung('port', 'Its port answers', '127.0.0.1:6443 in 2 ms.', { seconds: 0.1 }),
    rung('ca', 'Its certificate is the one we know', 'Names: attic, attic.local, 127.0.0.1.', { seconds: 0.1 }),
    rung('readyz', 'Kubernetes is ready', 'All 34 checks of /readyz pass.', { seconds: 0.3 }),
    rung('node', 'The node is ready', 'attic: no taint, no pressure.', { seconds: 0.1 }),
    rung('core', 'Core pods run', 'coredns, local-path-provisioner, metrics-server.', { seconds: 0.2 }),
    rung('paths', 'Pods reach the API and back', 'metrics.k8s.io answers; no timeout in the log of coredns.', { seconds: 0.4 }),
    rung('storage', 'There is storage', 'Default storage class local-path.', { seconds: 0.1 }),
    rung('kubevirt', 'KubeVirt is deployed', 'v1.9.0, four components available.', { seconds: 0.2 }),
    rung('cdi', 'CDI is deployed', 'v1.64.0.', { seconds: 0.1 }),
    rung('devices', 'The node offers virtualization', 'kvm: 1000, tun: 1000, vhost-net: 1000.', { seconds: 0.1 }),
    rung('smoke', 'A test machine starts', 'Last tried at the install: a sign of life after 9 s.', { seconds: 9.2 }),
  ]; // prettier-ignore
  if (state === 'running') return all;
  if (state === 'failed')
    return all.map((each, index) =>
      index < 4
        ? each
        : index === 4
          ? {
              ...each,
              state: 'fail',
              detail: 'attic: DiskPressure since 12 minutes.',
              cause: 'The disk of /var/lib is 91 % full; the kubelet stops pods at 90 %.',
              fix: 'Free some room, or delete images that nobody uses.',
            }
          : { ...each, state: 'waiting', detail: 'Waits for the node.' },
    );
  if (state === 'starting')
    return all.map((each, index) =>
      index < 3
        ? each
        : index === 3
          ? { ...each, state: 'waiting', detail: 'rbac/bootstrap-roles is not done yet.', seconds: 12 }
          : { ...each, state: 'unknown', detail: '' },
    );
  return all.map((each, index) => ({
    ...each,
    state: index === 0 && state === 'stopped' ? 'fail' : 'unknown',
    detail: index === 0 && state === 'stopped' ? 'k3s.service is stopped.' : '',
  }));
};

export const uninstallPreview: UninstallPreview = {
  machines: [
    { namespace: 'default', name: 'web', status: 'Running', disk: 10 * GiB },
    { namespace: 'default', name: 'database-primary-with-a-rather-long-name', status: 'Stopped', disk: 40 * GiB },
    { namespace: 'lab', name: 'win11', status: 'Running', disk: 64 * GiB },
  ],
  disks: [
    { namespace: 'default', name: 'web-root', size: 10 * GiB, path: '/var/lib/hearth/volumes/pvc-41_default_web-root' },
    { namespace: 'default', name: 'database-primary-root', size: 40 * GiB, path: '/var/lib/hearth/volumes/pvc-42' },
    { namespace: 'lab', name: 'win11-root', size: 64 * GiB },
    { namespace: 'hearth-images', name: 'debian-13', size: 3 * GiB },
  ],
  undo: [
    'Stop k3s.service and every container and machine it runs',
    'Disable and remove /etc/systemd/system/k3s.service',
    'Remove /var/lib/rancher/k3s and /var/lib/kubelet',
    'Remove /etc/rancher/k3s/config.yaml',
    'Remove /usr/local/bin/k3s',
    'Set fs.inotify.max_user_instances back to 128',
    'Take the ufw rule for 172.28.0.0/16 back',
  ],
};

export function appliance(state: Appliance['state'], more: Partial<Appliance> = {}): Appliance {
  const up = state === 'running' || state === 'failed';
  return {
    id: 'attic',
    name: 'attic',
    place: 'this computer',
    placeType: 'local',
    state,
    settings: settings(),
    versions: state === 'half' ? {} : { k3s: 'v1.36.2+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.64.0' },
    upgrades: up
      ? [
          {
            part: 'k3s',
            from: 'v1.36.2+k3s1',
            to: 'v1.36.3+k3s1',
            note: 'Fixes only. The API is away for about half a minute; machines keep running.',
          },
        ]
      : [],
    ladder: ladder(state),
    troubles:
      state === 'failed'
        ? [
            {
              id: 'disk-pressure',
              title: 'The disk is nearly full',
              detail: 'The kubelet has put the node under disk pressure and stops pods, machines among them.',
              evidence: ['eviction manager: attempting to reclaim ephemeral-storage', 'imagefs available 8.9 %'],
              fix: 'Free at least 30 GiB in /var/lib.',
            },
            {
              id: 'address-changed',
              title: 'This computer has another address now',
              detail: 'k3s was started at 192.168.1.40, which no network card has any more.',
              evidence: ['node attic: InternalIP 192.168.1.40', 'enp4s0: 192.168.1.77/24'],
              fix: 'The network part is written anew and k3s restarted; machines keep running.',
              action: 'refresh-network',
            },
          ]
        : [],
    certificates: up
      ? [
          { name: 'API server', notAfter: ahead(298 * 86_400), days: 298 },
          { name: 'Client of the kubelet', notAfter: ahead(298 * 86_400), days: 298 },
          { name: 'Certificate authority', notAfter: ahead(3610 * 86_400), days: 3610 },
        ]
      : [],
    use: up
      ? [
          { part: 'k3s', memory: 812 * MiB, cpu: 0.14, pods: 3 },
          { part: 'KubeVirt', memory: 940 * MiB, cpu: 0.06, pods: 5 },
          { part: 'CDI', memory: 268 * MiB, cpu: 0.01, pods: 4 },
        ]
      : [],
    disk: { path: '/var/lib', total: 476 * GiB, free: (state === 'failed' ? 43 : 212) * GiB, volumes: 117 * GiB },
    datastore: { kind: 'sqlite', size: 38 * MiB },
    nodes: up
      ? [
          {
            name: 'attic',
            roles: ['control-plane'],
            ready: state === 'running',
            version: 'v1.36.2+k3s1',
            addresses: ['10.254.254.1'],
            cpus: 12,
            memory: 31.2 * GiB,
            virtualMachines: 3,
            conditions: state === 'failed' ? ['DiskPressure'] : [],
            thisOne: true,
          },
        ]
      : [],
    backups: up
      ? [
          {
            name: '2026-11-19-0300',
            at: ago(2 * 86_400),
            size: 41 * MiB,
            versions: 'k3s v1.36.2+k3s1, KubeVirt v1.9.0',
            reason: 'by hand',
          },
          {
            name: '2026-10-02-1911',
            at: ago(50 * 86_400),
            size: 36 * MiB,
            versions: 'k3s v1.36.1+k3s1, KubeVirt v1.8.3',
            reason: 'before the upgrade of k3s',
          },
        ]
      : [],
    at: ago(4),
    ...(state === 'half'
      ? {
          problem: {
            code: 'install-interrupted',
            title: 'The install did not end',
            detail: 'It stopped at the step "Start k3s", 4 of 8.',
            cause: 'The computer was switched off, or Hearth was ended.',
            fix: 'Go on: what is done already is skipped.',
            kind: 'failed' as const,
          },
        }
      : {}),
    ...more,
  };
}
