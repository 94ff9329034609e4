import type { Cases } from './case.ts';
import { networkCases } from './cases-network.ts';

const untried = { trial: 'untried', place: 'ssh' } as const;
const words = {
  failureClass: 'K7',
  title: 'This machine offers a KVM device that cannot run a normal system',
  detail: 'The trial guest hung.',
  evidence: 'KVM stopped at SYSCALL after 96 ms',
  fix: 'Use software mode.',
  commands: [],
};
const poolDisk = { storage: 'pool-disk', poolDisk: '/dev/disk/by-id/ata-SATA_SSD_7A0B07730A5500123456' } as const;

/** For every checker a machine on which it is content, and those on which it is not. */
export const cases: Cases = {
  'other-kubernetes': {
    pass: [
      { machine: 'laptop', status: 'ok', says: /None/ },
      { machine: 'whole', status: 'ok', says: /None/ },
      { machine: 'half', status: 'ok', says: /None/ },
    ],
    fail: [
      {
        machine: 'microk8s',
        status: 'problem',
        blocks: true,
        says: /MicroK8s is installed here and runs.*snap remove microk8s/s,
      },
      { machine: 'foreignK3s', status: 'problem', blocks: true, says: /k3s is installed.*k3s-uninstall/s },
      { machine: 'leftovers', status: 'problem', blocks: true, says: /\/etc\/rancher(?!.*kubelet\.old)/s },
      { machine: 'strayBinary', status: 'problem', blocks: true, says: /rm \/usr\/local\/bin\/k3s/ },
      { machine: 'minikubeTraces', status: 'note', says: /\.minikube/ },
    ],
  },
  existing: {
    pass: [{ machine: 'laptop', status: 'ok', says: /None/ }],
    fail: [
      { machine: 'half', status: 'note', says: /did not end.*"k3s-binary" was under way/ },
      { machine: 'whole', status: 'note', says: /v1\.36\.3\+k3s1/ },
      { machine: 'undone', status: 'note', says: /kept its disks/ },
    ],
  },
  init: {
    pass: [{ machine: 'laptop', status: 'ok', says: /systemd/ }],
    fail: [
      { machine: 'container', status: 'problem', blocks: true, says: /"node"/ },
      { machine: 'wsl', status: 'problem', blocks: true, says: /init/ },
    ],
  },
  surroundings: {
    pass: [{ machine: 'laptop', status: 'ok', says: /LENOVO/ }],
    fail: [
      { machine: 'wsl', status: 'problem', blocks: true, says: /WSL 2/ },
      { machine: 'container', status: 'problem', blocks: true, says: /docker container/ },
      { machine: 'virtualMachine', status: 'note', says: /virtual machine \(kvm\)/ },
    ],
  },
  arch: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /x86_64/ },
      { machine: 'raspberryPi', status: 'ok', says: /aarch64/ },
    ],
    fail: [
      { machine: 'armv7', status: 'problem', blocks: true, says: /64-bit/ },
      { machine: 'mac', status: 'problem', blocks: true, says: /Darwin/ },
    ],
  },
  immutable: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /usr\/local/ },
      { machine: 'silverblue', status: 'ok', says: /rpm-ostree/ },
    ],
    fail: [
      { machine: 'readOnlyUsr', status: 'note', inPlan: true, says: /opt\/bin/ },
      { machine: 'nixos', status: 'problem', blocks: true, says: /services\.k3s/ },
    ],
  },
  tools: {
    pass: [{ machine: 'laptop', status: 'ok', says: /All there/ }],
    fail: [
      { machine: 'noTools', status: 'problem', blocks: true, says: /Missing: ip, modprobe.*apt-get install .*kmod/s },
    ],
  },
  cpu: {
    pass: [{ machine: 'laptop', status: 'ok', says: /8 cores/ }],
    fail: [
      { machine: 'twoCores', status: 'warning', says: /2 cores/ },
      { machine: 'oneCore', status: 'problem', blocks: true, says: /1 core,/ },
    ],
  },
  memory: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /15\.4 GiB of memory.*12\.1 GiB are left.*9\.1 GiB with what runs/ },
    ],
    fail: [
      { machine: 'smallMemory', status: 'problem', blocks: true, says: /too little/ },
      { machine: 'eightGigabytesLess', status: 'warning', says: /6\.5 GiB/ },
      { machine: 'busyMemory', status: 'warning', says: /Close other programs/ },
    ],
  },
  clock: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /kept by a time server/ },
      {
        machine: 'laptop',
        extras: { time: { seconds: 1795226856, by: 'github.com' } },
        status: 'ok',
        says: /1 s from github/,
      },
    ],
    fail: [
      { machine: 'wrongClock', status: 'problem', blocks: true, says: /1970-01-02/ },
      {
        machine: 'laptop',
        extras: { time: { seconds: 1795230455, by: 'github.com' } },
        status: 'problem',
        blocks: true,
        says: /github\.com says/,
      },
      {
        machine: 'laptop',
        extras: { time: { seconds: 1795226955, by: 'github.com' } },
        status: 'warning',
        says: /100 seconds slow/,
      },
      { machine: 'noTimeService', status: 'warning', says: /timedatectl set-ntp true/ },
      { machine: 'raspberryPi', status: 'warning', says: /not kept/ },
    ],
  },
  elevation: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /pkexec/ },
      { machine: 'headless', extras: { elevation: 'sudo-password' }, status: 'ok', says: /password once/ },
    ],
    fail: [
      {
        machine: 'laptop',
        extras: { elevation: 'none' },
        status: 'problem',
        blocks: true,
        says: /usermod -aG sudo anna/,
      },
      { machine: 'headless', status: 'note', says: /hearth up/ },
    ],
  },
  user: {
    pass: [{ machine: 'laptop', status: 'ok', says: /anna \(1000\)/ }],
    fail: [{ machine: 'root', status: 'note', says: /root/ }],
  },
  'kvm-group': {
    pass: [{ machine: 'laptop', status: 'ok', says: /anna is in it/ }],
    fail: [{ machine: 'notInKvm', status: 'note', inPlan: true, says: /next login/ }],
  },
  accelerator: {
    pass: [{ machine: 'laptop', status: 'ok', says: /a real guest ran/ }],
    fail: [
      {
        machine: 'laptop',
        extras: { trial: 'fails', accelerator: words },
        status: 'warning',
        inPlan: true,
        says: /cannot run a normal system.*software emulation/s,
      },
      { machine: 'laptop', extras: untried, status: 'note', says: /Not tried here.*hardware acceleration/ },
      {
        machine: 'virtualMachine',
        extras: untried,
        status: 'warning',
        says: /itself a virtual machine.*software emulation/,
      },
    ],
  },
  devices: {
    pass: [{ machine: 'laptop', status: 'ok', says: /\/dev\/vhost-net: all there/ }],
    fail: [
      { machine: 'devicesNotYet', status: 'note', inPlan: true, says: /\/dev\/kvm, \/dev\/vhost-net/ },
      { machine: 'noTun', status: 'problem', blocks: true, says: /\/dev\/net\/tun \(tun\)/ },
    ],
  },
  'other-hypervisor': {
    pass: [{ machine: 'laptop', status: 'ok', says: /Neither/ }],
    fail: [{ machine: 'virtualBox', status: 'warning', says: /VirtualBox is loaded and runs machines/ }],
  },
  cgroup: {
    pass: [{ machine: 'laptop', status: 'ok', says: /version 2/ }],
    fail: [
      { machine: 'container', status: 'problem', blocks: true, says: /version 1;/ },
      { machine: 'hybridCgroup', status: 'problem', blocks: true, says: /unified_cgroup_hierarchy=1/ },
      {
        machine: 'raspberryPi',
        status: 'problem',
        blocks: true,
        says: /without: memory.*cgroup_memory=1 cgroup_enable=memory/s,
      },
    ],
  },
  'kernel-restart': {
    pass: [{ machine: 'laptop', status: 'ok', says: /6\.1\.0-37/ }],
    fail: [{ machine: 'kernelUpdated', status: 'problem', blocks: true, says: /Restart the computer/ }],
  },
  modules: {
    pass: [{ machine: 'laptop', status: 'ok', inPlan: true, says: /Not loaded yet: .*br_netfilter/ }],
    fail: [
      { machine: 'modulesMissing', status: 'problem', blocks: true, says: /does not have: br_netfilter, vhost_net/ },
      { machine: 'modulesBlocked', status: 'problem', blocks: true, says: /Forbidden.*: dummy\./ },
    ],
  },
  'kernel-config': {
    pass: [{ machine: 'laptop', status: 'ok', says: /Every option/ }],
    fail: [{ machine: 'bareKernel', status: 'problem', blocks: true, says: /CONFIG_MEMCG/ }],
  },
  inotify: {
    pass: [{ machine: 'laptop', status: 'ok', says: /8192 instances/ }],
    fail: [{ machine: 'lowLimits', status: 'note', inPlan: true, says: /128 instances/ }],
  },
  keys: {
    pass: [{ machine: 'laptop', status: 'ok', says: /1000000/ }],
    fail: [{ machine: 'lowLimits', status: 'note', inPlan: true, says: /200 keys/ }],
  },
  apparmor: {
    pass: [{ machine: 'laptop', status: 'ok', says: /parser/ }],
    fail: [{ machine: 'noParser', status: 'problem', blocks: true, says: /apt-get install apparmor/ }],
  },
  'libvirt-profile': {
    pass: [
      { machine: 'laptop', status: 'ok', says: /None/ },
      { machine: 'libvirtAllowed', status: 'ok', says: /None/ },
    ],
    fail: [{ machine: 'libvirtHost', status: 'warning', says: /usr\.sbin\.libvirtd.*qemu-kvm PUx,/s }],
  },
  selinux: {
    pass: [{ machine: 'selinuxWithPolicy', status: 'ok', says: /policy of k3s/ }],
    fail: [{ machine: 'fedora', status: 'warning', says: /policy of k3s is not installed\..*container-selinux/s }],
  },
  lockdown: {
    pass: [{ machine: 'laptop', status: 'ok', says: /Off/ }],
    fail: [{ machine: 'secureBoot', status: 'note', says: /integrity/ }],
  },
  disk: {
    pass: [{ machine: 'laptop', status: 'ok', says: /297 GiB of 457 GiB free on \/ \(ext4, 32 %/ }],
    fail: [
      { machine: 'fullDisk', status: 'problem', blocks: true, says: /2\.9 GiB of 457 GiB free/ },
      { machine: 'tightDisk', status: 'warning', says: /13\.4 GiB/ },
      { machine: 'fewInodes', status: 'warning', says: /48816 more files/ },
      { machine: 'readOnlyRoot', status: 'problem', blocks: true, says: /read-only/ },
    ],
  },
  volumes: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /for \/var\/lib\/hearth\/volumes/ },
      { machine: 'keptVolumes', status: 'ok', says: /volumes/ },
    ],
    fail: [
      { machine: 'fullDisk', status: 'problem', blocks: true, says: /Not one machine/ },
      { machine: 'foreignVolumes', status: 'problem', blocks: true, says: /in use already \(holiday-pictures\)/ },
      { machine: 'tightDisk', status: 'warning', says: /25 GiB/ },
      { machine: 'nfsRoot', status: 'warning', says: /on the network/ },
      {
        machine: 'laptop',
        extras: { settings: { storage: 'pool-file', poolSize: 400 * 2 ** 30 } },
        status: 'problem',
        blocks: true,
        says: /pool of 400 GiB does not fit.*at most 289 GiB/s,
      },
    ],
  },
  'file-system': {
    pass: [
      { machine: 'laptop', status: 'ok', says: /ext4/ },
      { machine: 'fedora', status: 'ok', says: /btrfs/ },
    ],
    fail: [
      { machine: 'liveUsb', status: 'problem', blocks: true, says: /live system/ },
      { machine: 'nfsRoot', status: 'problem', blocks: true, says: /nfs4/ },
      { machine: 'zfsRoot', status: 'note', says: /ZFS 2\.2/ },
    ],
  },
  'disk-speed': {
    pass: [{ machine: 'laptop', status: 'ok', says: /1\.5 ms \(median of 12/ }],
    fail: [
      { machine: 'spinningDisk', status: 'problem', says: /81 ms.*spinning disk.*leaderelection/ },
      { machine: 'raspberryPi', status: 'warning', says: /SD card/ },
    ],
  },
  swap: {
    pass: [
      { machine: 'laptop', status: 'ok', says: /None/ },
      { machine: 'fedora', status: 'ok', says: /zram/ },
    ],
    fail: [{ machine: 'swap', status: 'note', says: /16\.0 GiB, 2\.0 GiB in use/ }],
  },
  pool: {
    pass: [
      { machine: 'laptop', extras: { settings: poolDisk }, status: 'ok', says: /224 GiB, looks empty/ },
      {
        machine: 'laptop',
        extras: { settings: { storage: 'pool-file', poolSize: 2 ** 36 } },
        status: 'ok',
        says: /LVM/,
      },
    ],
    fail: [
      {
        machine: 'noTools',
        extras: { settings: poolDisk },
        status: 'problem',
        blocks: true,
        says: /thin-provisioning-tools/,
      },
      {
        machine: 'laptop',
        extras: {
          settings: { ...poolDisk, poolDisk: '/dev/disk/by-id/nvme-SAMSUNG_MZVLB512HBJQ-000L7_S4ENNX0R123456' },
        },
        status: 'problem',
        blocks: true,
        says: /it holds nvme0n1p1, nvme0n1p2/,
      },
      {
        machine: 'laptop',
        extras: { settings: { ...poolDisk, poolDisk: '/dev/disk/by-id/usb-gone' } },
        status: 'problem',
        blocks: true,
        says: /Choose one: \/dev\/disk\/by-id\/ata-SATA/,
      },
    ],
  },
  ...networkCases,
};
