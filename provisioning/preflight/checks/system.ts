import type { CheckContext, Checker } from '../checker.ts';
import { always, ok } from '../checker.ts';
import { archOf } from '../plan-facts.ts';
import { elsewhere } from './resources.ts';

const init: Checker = {
  id: 'init',
  title: 'Service manager',
  group: 'system',
  applies: always,
  run: ({ facts: { system, raw } }) =>
    system.systemd
      ? ok('systemd runs this computer.', raw.evidence('init', /^systemd=/))
      : {
          status: 'problem',
          blocks: true,
          detail: `systemd does not run here${system.pid1 ? ` (the first process is "${system.pid1}")` : ''}; k3s is run and kept running as one of its services.`,
          evidence: raw.evidence('init', /^(systemd|pid1)=/),
          fix: elsewhere,
        },
};

const surroundings: Checker = {
  id: 'surroundings',
  title: 'Where this system runs',
  group: 'system',
  applies: always,
  run({ facts: { system, raw } }) {
    const evidence = raw.evidence(
      'virtualization',
      /^(detected|vendor|product|dockerenv=yes|containerenv=yes|container=|wsl_interop=yes)/,
    );
    if (system.wsl)
      return {
        status: 'problem',
        blocks: true,
        detail:
          'This Linux runs inside Windows (WSL 2): it stops with the last window, and its kernel and network are not its own.',
        evidence: evidence.length > 0 ? evidence : raw.evidence('system', /^version=/),
        fix: elsewhere,
      };
    if (system.container !== undefined)
      return {
        status: 'problem',
        blocks: true,
        detail: `This is a ${system.container} container. An appliance needs a whole system: its own services, kernel settings and network.`,
        evidence,
        fix: 'Run Hearth on the host itself, or use the Quick lab here.',
      };
    if (system.hypervisor !== undefined)
      return {
        status: 'note',
        detail: `This computer is itself a virtual machine (${system.hypervisor}). Virtual machines in it need nested virtualization, or run in software mode.`,
        evidence,
      };
    return ok(system.machine ? `Directly on the hardware: ${system.machine}.` : 'Directly on the hardware.', evidence);
  },
};

const arch: Checker = {
  id: 'arch',
  title: 'Processor architecture',
  group: 'system',
  applies: always,
  run({ facts: { system, raw } }) {
    const evidence = raw.evidence('system', /^(os|arch|kernel)=/);
    if (system.os === 'Linux' && archOf(system.arch)) return ok(`Linux ${system.kernel} on ${system.arch}.`, evidence);
    return {
      status: 'problem',
      blocks: true,
      detail: `${system.os || 'This system'} on ${system.arch || 'an unknown processor'}: k3s and KubeVirt are released together for Linux on x86_64 and arm64 only.`,
      evidence,
      fix:
        system.os === 'Linux' && /^(arm|i\d86)/.test(system.arch)
          ? 'Install a 64-bit system on this computer if its processor is one, else use another computer.'
          : elsewhere,
    };
  },
};

const immutable: Checker = {
  id: 'immutable',
  title: 'Read-only system folders',
  group: 'system',
  applies: always,
  run({ facts: { system, raw } }) {
    const evidence = raw.evidence('init', /^(ostree|nixos|usr_local_bin|transactional-update)=/);
    if (system.imageBased === 'NixOS')
      return {
        status: 'problem',
        blocks: true,
        detail:
          'NixOS makes its services and kernel settings from its own configuration; what Hearth places would be lost or ignored.',
        evidence,
        fix: "Enable services.k3s in the system's configuration and add that cluster by its kubeconfig, or use another computer.",
      };
    if (system.readOnlyUsrLocal)
      return {
        status: 'note',
        detail: '/usr/local/bin cannot be written: the programs go to /opt/bin.',
        evidence: [...evidence, ...raw.evidence('mounts', / \/(usr(\/local)?)? .*\bro\b/)],
        inPlan: true,
      };
    return ok(
      system.imageBased
        ? `${system.imageBased} keeps /usr read-only; /usr/local and /etc can be written.`
        : 'Programs can be placed in /usr/local/bin.',
      evidence,
    );
  },
};

/** What the root helper and the services it places run, besides what every system with systemd has. */
const helperTools = ['ip', 'tar', 'sha256sum', 'stat', 'mktemp', 'mount', 'systemctl', 'modprobe', 'sysctl'];
const tools: Checker = {
  id: 'tools',
  title: 'Programs the installation uses',
  group: 'system',
  applies: always,
  run({ facts: { system, raw } }: CheckContext) {
    const missing = helperTools.filter((name) => !system.programs.has(name));
    if (missing.length === 0) return ok('All there.');
    return {
      status: 'problem',
      blocks: true,
      detail: `Missing: ${missing.join(', ')}.`,
      evidence: raw.evidence('tools', new RegExp(`^(${missing.join('|')})=`)),
      fix: "Install them with the system's packages.",
      commands: packageCommands(system.distribution, ['coreutils', 'util-linux', 'iproute2', 'kmod', 'procps', 'tar']),
    };
  },
};

/** How packages are installed on the distributions people use; empty where it is not known. */
export function packageCommands(
  distribution: { id: string; like: readonly string[] },
  packages: readonly string[],
): string[] {
  const family = [distribution.id, ...distribution.like];
  const is = (...names: string[]): boolean => family.some((name) => names.includes(name));
  const list = packages.join(' ');
  if (is('debian', 'ubuntu', 'raspbian')) return [`sudo apt-get install ${list}`];
  if (is('fedora', 'rhel', 'centos')) return [`sudo dnf install ${list}`];
  if (is('arch')) return [`sudo pacman -S ${list}`];
  return is('suse', 'opensuse') || distribution.id.startsWith('opensuse') ? [`sudo zypper install ${list}`] : [];
}

export const systemChecks: readonly Checker[] = [init, surroundings, arch, immutable, tools];
