import type { SystemFacts, UserFacts } from '../machine.ts';
import type { Sections } from '../sections.ts';

const unquote = (text: string): string => text.replace(/^(["'])(.*)\1$/, '$2');
/** `MemTotal:  8000000 kB` in bytes. */
const kibibytes = (raw: Sections, name: string): number => {
  const line = raw.lines('memory').find((entry) => entry.startsWith(`${name}:`));
  return Number(/(\d+)/.exec(line ?? '')?.[1] ?? 0) * 1024;
};
const containers = new Set([
  'docker',
  'podman',
  'lxc',
  'lxc-libvirt',
  'openvz',
  'systemd-nspawn',
  'rkt',
  'proot',
  'pouch',
  'container-other',
]);

export function parseSystem(raw: Sections): SystemFacts {
  const os = (key: string): string => unquote(raw.value('os_release', key) ?? '');
  const detected = raw.value('virtualization', 'detected');
  const wsl =
    detected === 'wsl' ||
    raw.yes('virtualization', 'wsl_interop') ||
    /microsoft/i.test(raw.value('system', 'version') ?? raw.value('system', 'kernel') ?? '');
  const mounts = raw.lines('mounts').map((line) => line.split(' '));
  const usrLocal = ['/usr/local', '/usr', '/']
    .map((path) => mounts.findLast((mount) => mount[1] === path))
    .find(Boolean);
  const imageBased = raw.yes('init', 'ostree')
    ? 'rpm-ostree'
    : raw.yes('init', 'nixos')
      ? 'NixOS'
      : raw.value('init', 'transactional-update')
        ? 'transactional-update'
        : undefined;
  const model = raw.value('virtualization', 'model') ?? '';
  const synchronized = raw.value('clock', 'NTPSynchronized');
  const flags = new Set(raw.lines('cpu'));
  return {
    os: raw.value('system', 'os') ?? '',
    arch: raw.value('system', 'arch') ?? '',
    kernel: raw.value('system', 'kernel') ?? '',
    distribution: {
      id: os('ID'),
      like: os('ID_LIKE').split(' ').filter(Boolean),
      name: os('PRETTY_NAME'),
      version: os('VERSION_ID'),
    },
    systemd: raw.yes('init', 'systemd'),
    pid1: raw.value('init', 'pid1') ?? '',
    wsl,
    container: containerName(raw, detected),
    hypervisor:
      detected !== undefined && detected !== 'none' && !containers.has(detected) && detected !== 'wsl'
        ? detected
        : undefined,
    machine:
      model ||
      [raw.value('virtualization', 'vendor'), raw.value('virtualization', 'product')].filter(Boolean).join(' '),
    raspberryPi: /raspberry pi/i.test(model),
    // On image-based systems /usr/local is a link into /var and can be written: only the mount tells.
    readOnlyUsrLocal:
      raw.yes('init', 'nixos') ||
      (!raw.yes('init', 'ostree') && (usrLocal?.[3] ?? '').split(',').includes('ro')) ||
      (raw.has('init') && !raw.yes('init', 'usr_local_bin')),
    imageBased,
    cpus: Number(raw.value('cpu', 'cpus') ?? 0),
    cpuModel:
      raw
        .lines('cpu')
        .find((line) => /^(model name|Model)\s*:/.test(line))
        ?.replace(/^[^:]*:\s*/, '') ?? '',
    cpuFlag: flags.has('vmx') ? 'vmx' : flags.has('svm') ? 'svm' : 'none',
    hypervisorFlag: flags.has('hypervisor'),
    memory: kibibytes(raw, 'MemTotal'),
    memoryAvailable: kibibytes(raw, 'MemAvailable') || kibibytes(raw, 'MemFree'),
    swap: raw
      .lines('swap')
      .slice(1)
      .map((line) => line.split(/\s+/))
      .filter((part) => /^\d+$/.test(part[2] ?? ''))
      .map((part) => ({ name: part[0] ?? '', size: Number(part[2]) * 1024, used: Number(part[3] ?? 0) * 1024 })),
    battery: raw.lines('power').some((line) => /type=Battery\b/.test(line) && !/scope=Device/.test(line)),
    clock: numberOf(raw.value('clock', 'now')),
    clockSynchronized:
      synchronized === undefined ? (raw.yes('clock', 'timesync') ? true : undefined) : synchronized === 'yes',
    timeService: raw.value('clock', 'active'),
    realTimeClock: raw.yes('clock', 'rtc'),
    programs: new Set(
      ['tools', 'init', 'elevation', 'firewall', 'apparmor']
        .flatMap((name) => raw.lines(name))
        .map((line) => /^([\w.-]+)=\//.exec(line)?.[1] ?? '')
        .filter(Boolean),
    ),
    processes: new Set(raw.lines('processes')),
    devices: new Map(
      raw.lines('devices').flatMap((line) => {
        const match = /^(\/dev\/\S+) read=(yes)? write=(yes)?/.exec(line);
        return match?.[1] === undefined
          ? []
          : [[match[1], { usable: match[2] === 'yes' && match[3] === 'yes' }] as const];
      }),
    ),
  };
}

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

function containerName(raw: Sections, detected: string | undefined): string | undefined {
  if (detected !== undefined && containers.has(detected)) return detected;
  const told = raw.value('virtualization', 'container');
  if (told) return told;
  if (raw.yes('virtualization', 'dockerenv')) return 'docker';
  return raw.yes('virtualization', 'containerenv') ? 'podman' : undefined;
}

/** Programs that show polkit's password dialog, as the kernel shortens their names (15 characters). */
const agents =
  /^(gnome-shell|cinnamon|polkit-gnome-au|polkit-kde-auth|polkit-mate-aut|mate-polkit|lxpolkit|lxqt-policykit|lxsession|xfce-polkit|ukui-polkit|dde-polkit-agen|budgie-polkit-d|hyprpolkitagent|soteria|cosmic-osd|pkttyagent)/;

export function parseUser(raw: Sections): UserFacts {
  const name = raw.value('user', 'name') ?? '';
  const kvm = raw.lines('user').find((line) => line.startsWith('kvm:'));
  const groups = (raw.value('user', 'groups') ?? '').split(/\s+/).filter(Boolean);
  const member = groups.includes('kvm') || (kvm?.split(':')[3] ?? '').split(',').includes(name);
  return {
    uid: Number(raw.value('user', 'uid') ?? -1),
    name,
    groups,
    kvmGroup: kvm === undefined ? (groups.includes('kvm') ? 'member' : 'no-group') : member ? 'member' : 'not-member',
    pkexec: raw.value('elevation', 'pkexec') !== undefined,
    sudo: raw.value('elevation', 'sudo') !== undefined,
    polkitAgent: raw.lines('processes').find((process) => agents.test(process)),
    graphical: raw.value('elevation', 'display') !== undefined && !raw.yes('elevation', 'ssh'),
  };
}
