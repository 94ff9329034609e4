import type { Checker } from '../checker.ts';
import { always, ok } from '../checker.ts';
import { modules as planned } from '../../files/kernel.ts';
import { number, planFacts } from '../plan-facts.ts';

/** What k3s' own `check-config` and the kubelet ask for (k3s-io/k3s, contrib/util/check-config.sh). */
const neededControllers = ['cpu', 'cpuset', 'memory', 'pids'];

const cgroup: Checker = {
  id: 'cgroup',
  title: 'Control groups',
  group: 'kernel',
  applies: always,
  run({ facts: { kernel, system, raw } }) {
    const evidence = [
      ...raw.evidence('cgroup', /^(type|controllers)=/),
      ...raw.evidence('cgroup', / \/sys\/fs\/cgroup/, 4),
    ];
    if (kernel.cgroup !== 'v2')
      return {
        status: 'problem',
        blocks: true,
        detail: `Control groups are ${kernel.cgroup === 'unknown' ? 'not mounted' : kernel.cgroup === 'hybrid' ? 'version 1 with a part of version 2' : 'version 1'}; the kubelet of Kubernetes 1.35 and newer does not start without version 2.`,
        evidence,
        fix: system.systemd
          ? 'Add systemd.unified_cgroup_hierarchy=1 to the kernel command line (GRUB_CMDLINE_LINUX in /etc/default/grub), then restart.'
          : "This system's start-up has to mount version 2; use the Quick lab, or another computer.",
        commands: system.systemd
          ? [
              "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&systemd.unified_cgroup_hierarchy=1 /' /etc/default/grub",
              'sudo update-grub || sudo grub2-mkconfig -o /boot/grub2/grub.cfg',
              'sudo reboot',
            ]
          : [],
      };
    const missing = neededControllers.filter((name) => !kernel.controllers.includes(name));
    if (missing.length === 0) return ok('Control groups version 2, with every controller that is needed.', evidence);
    return {
      status: 'problem',
      blocks: true,
      detail: `Control groups version 2, but without: ${missing.join(', ')}.`,
      evidence,
      fix: system.raspberryPi
        ? 'Add cgroup_memory=1 cgroup_enable=memory to the one line of /boot/firmware/cmdline.txt (older systems: /boot/cmdline.txt), then restart.'
        : `Switch them on in the kernel command line (cgroup_enable=${missing[0]}), then restart.`,
      commands: system.raspberryPi
        ? ["sudo sed -i '1s/$/ cgroup_memory=1 cgroup_enable=memory/' /boot/firmware/cmdline.txt", 'sudo reboot']
        : [],
    };
  },
};

/** Needed besides those that the plan loads itself; k3s and flannel load them when they come to it. */
const neededModules = ['bridge', 'veth', 'nf_conntrack', 'nf_nat', 'xt_addrtype', 'xt_conntrack', 'xt_comment', 'xt_multiport', 'xt_statistic', 'xt_MASQUERADE', 'xt_mark']; // prettier-ignore

const modules: Checker = {
  id: 'modules',
  title: 'Kernel modules',
  group: 'kernel',
  // Without the running kernel's modules nothing can be said: that is the check before this one.
  applies: ({ facts }) => facts.kernel.modulesFolder || facts.kernel.config !== undefined,
  run({ facts, settings }) {
    const { kernel, system, raw } = facts;
    const wanted = [...new Set([...neededModules, ...planned(settings, planFacts(facts))])];
    const missing = wanted.filter((name) => ['missing', 'blocked'].includes(kernel.module(name)));
    // One of the two ways to write rules is enough.
    const rules =
      ['missing', 'blocked'].includes(kernel.module('iptable_nat')) &&
      ['missing', 'blocked'].includes(kernel.module('nft_compat'));
    const all = [...missing, ...(rules ? ['iptable_nat or nft_compat'] : [])];
    const blocked = all.filter((name) => kernel.module(name) === 'blocked');
    if (all.length > 0)
      return {
        status: 'problem',
        blocks: true,
        detail:
          `${blocked.length > 0 ? `Forbidden in /etc/modprobe.d: ${blocked.join(', ')}. ` : ''}${blocked.length < all.length ? `This kernel does not have: ${all.filter((name) => !blocked.includes(name)).join(', ')}.` : ''}`.trim(),
        evidence: [
          ...raw.evidence('modules_blocked'),
          ...raw.evidence('modules_folder', /^there=/),
          ...raw.evidence('kernel_config', /^# /),
        ],
        fix:
          blocked.length > 0
            ? 'Take the "install" lines away, then check again.'
            : "Install the package with the rest of this kernel's modules, then check again.",
        commands: blocked.length > 0 ? [] : modulePackages(system.distribution, system.raspberryPi),
      };
    const toLoad = wanted.filter((name) => kernel.module(name) === 'there');
    return {
      status: 'ok',
      detail:
        toLoad.length > 0
          ? `All there. Not loaded yet: ${toLoad.join(', ')}; they are loaded with the installation, or by themselves.`
          : 'All loaded or built in.',
      evidence: raw.evidence('modules_folder', /^there=/),
      inPlan: toLoad.length > 0,
    };
  },
};
function modulePackages(distribution: { id: string; like: readonly string[]; version: string }, pi: boolean): string[] {
  if (distribution.id === 'ubuntu') return [`sudo apt-get install linux-modules-extra-${pi ? 'raspi' : '$(uname -r)'}`];
  return ['fedora', 'rhel', 'centos', 'rocky', 'almalinux'].includes(distribution.id)
    ? ['sudo dnf install kernel-modules-extra']
    : [];
}

const restartNeeded: Checker = {
  id: 'kernel-restart',
  title: 'Running kernel',
  group: 'kernel',
  applies: always,
  run({ facts: { kernel, system, raw } }) {
    const evidence = [...raw.evidence('system', /^kernel=/), ...raw.evidence('modules_folder')];
    if (kernel.modulesFolder) return ok(`${system.kernel}, with its modules.`, evidence);
    if (kernel.otherKernels.length > 0)
      return {
        status: 'problem',
        blocks: true,
        detail: `The modules of the running kernel ${system.kernel} are gone; those of ${kernel.otherKernels.join(', ')} are there. The kernel was updated and the computer has not been restarted since.`,
        evidence,
        fix: 'Restart the computer.',
        commands: ['sudo reboot'],
      };
    if (kernel.config)
      return {
        status: 'note',
        detail: `${system.kernel} has no modules on the disk: only what is built in can be used.`,
        evidence,
      };
    return {
      status: 'warning',
      detail: `${system.kernel}: neither its modules nor its configuration can be read, so it is not known whether it has what k3s needs.`,
      evidence,
      fix: "Install the distribution's own kernel if the installation fails.",
    };
  },
};

const neededOptions = ['NAMESPACES', 'NET_NS', 'PID_NS', 'IPC_NS', 'UTS_NS', 'CGROUPS', 'CGROUP_PIDS', 'CGROUP_SCHED', 'CPUSETS', 'MEMCG', 'SECCOMP', 'KEYS', 'POSIX_MQUEUE']; // prettier-ignore
const options: Checker = {
  id: 'kernel-config',
  title: 'Kernel options',
  group: 'kernel',
  applies: ({ facts }) => facts.kernel.config !== undefined,
  run({ facts: { kernel, raw } }) {
    const missing = neededOptions.filter((name) => !['y', 'm'].includes(kernel.config?.get(name) ?? ''));
    const evidence = raw.evidence('kernel_config', /^# /);
    if (missing.length === 0) return ok('Every option that containers need is on.', evidence);
    return {
      status: 'problem',
      blocks: true,
      detail: `This kernel was built without: ${missing.map((name) => `CONFIG_${name}`).join(', ')}.`,
      evidence,
      fix: "Use the distribution's own kernel, then restart.",
    };
  },
};

const inotify: Checker = {
  id: 'inotify',
  title: 'File watches',
  group: 'kernel',
  applies: ({ facts }) => facts.kernel.sysctl.has('fs.inotify.max_user_instances'),
  run({ facts }) {
    const instances = number(facts, 'fs.inotify.max_user_instances') ?? 0;
    const watches = number(facts, 'fs.inotify.max_user_watches') ?? 0;
    const evidence = facts.raw.evidence('sysctl', /^fs\.inotify/);
    if (instances >= 1024 && watches >= 524_288)
      return ok(`${instances} instances and ${watches} watches a user.`, evidence);
    return {
      status: 'note',
      detail: `${instances} instances and ${watches} watches a user; KubeVirt and the kubelet run out of them ("too many open files").`,
      evidence,
      fix: 'The plan raises both.',
      inPlan: true,
    };
  },
};

const keys: Checker = {
  id: 'keys',
  title: 'Kernel key rings',
  group: 'kernel',
  applies: ({ facts }) => facts.kernel.sysctl.has('kernel.keys.root_maxkeys'),
  run({ facts }) {
    const count = number(facts, 'kernel.keys.root_maxkeys') ?? 0;
    const evidence = facts.raw.evidence('sysctl', /^kernel\.keys\.root/);
    if (count > 10_000) return ok(`Room for ${count} keys.`, evidence);
    return {
      status: 'note',
      detail: `Room for ${count} keys; every container takes some.`,
      evidence,
      fix: 'The plan raises it.',
      inPlan: true,
    };
  },
};

export const kernelChecks: readonly Checker[] = [cgroup, restartNeeded, modules, options, inotify, keys];
