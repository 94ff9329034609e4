import type { Checker } from '../checker.ts';
import { always, ok } from '../checker.ts';
import { packageCommands } from './system.ts';

const apparmor: Checker = {
  id: 'apparmor',
  title: 'AppArmor',
  group: 'kernel',
  applies: ({ facts }) => facts.security.apparmor,
  run: ({ facts: { security, raw, system } }) =>
    security.apparmorParser
      ? ok('On, with its parser.', raw.evidence('apparmor', /^(enabled|apparmor_parser)=/))
      : {
          status: 'problem',
          blocks: true,
          detail: 'AppArmor is on in the kernel, but apparmor_parser is missing: containers cannot be started.',
          evidence: raw.evidence('apparmor', /^(enabled|apparmor_parser)=/),
          fix: 'Install the package apparmor.',
          commands: packageCommands(system.distribution, ['apparmor']),
        },
};

const libvirt: Checker = {
  id: 'libvirt-profile',
  title: "AppArmor profile of this computer's own libvirt",
  group: 'kernel',
  applies: ({ facts }) => facts.security.apparmor,
  run({ facts: { security, raw } }) {
    const evidence = raw.evidence('apparmor', /^(profile|disabled|allows|loaded)=/);
    const [profile] = security.libvirtProfiles;
    if (profile === undefined) return ok('None that would stop KubeVirt.', evidence);
    const name = profile.split('/').at(-1) ?? '';
    return {
      status: 'warning',
      detail: `${profile} does not allow /usr/libexec/qemu-kvm, the QEMU of KubeVirt; its virt-handler then keeps crashing ("accel 'kvm' is not supported").`,
      evidence,
      fix: 'Allow it in a local addition to the profile, or remove the libvirt of this computer where it is not used.',
      commands: [
        `echo '/usr/libexec/qemu-kvm PUx,' | sudo tee -a /etc/apparmor.d/local/${name}`,
        `sudo apparmor_parser -r ${profile}`,
      ],
    };
  },
};

const selinux: Checker = {
  id: 'selinux',
  title: 'SELinux',
  group: 'kernel',
  applies: ({ facts }) => facts.security.selinux !== 'off',
  run({ facts: { security, raw } }) {
    const evidence = raw.evidence('selinux');
    if (security.selinux === 'permissive') return ok('Permissive: it only reports.', evidence);
    if (security.k3sPolicy) return ok('Enforcing, with the policy of k3s.', evidence);
    return {
      status: 'warning',
      detail: `Enforcing, and the policy of k3s is not installed${security.containerPolicy ? '' : ', nor that of containers'}. The appliance then runs without SELinux separation between its containers, and some may be refused what they need.`,
      evidence,
      fix: 'Install container-selinux, and k3s-selinux from rpm.rancher.io (its page in the k3s documentation: "SELinux support"), then check again.',
      commands: ['sudo dnf install container-selinux'],
    };
  },
};

const lockdown: Checker = {
  id: 'lockdown',
  title: 'Kernel lockdown',
  group: 'kernel',
  applies: always,
  run({ facts: { security, raw } }) {
    const evidence = raw.evidence('virtualization', /^lockdown=/);
    if (security.lockdown === undefined) return ok('Off.', evidence);
    return {
      status: 'note',
      detail: `Secure Boot keeps the kernel locked down (${security.lockdown}). KVM and k3s work all the same; only modules from outside the kernel (VirtualBox, ZFS, NVIDIA) may be refused.`,
      evidence,
    };
  },
};

export const securityChecks: readonly Checker[] = [apparmor, libvirt, selinux, lockdown];
