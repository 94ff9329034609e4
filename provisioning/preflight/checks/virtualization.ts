import type { Checker } from '../checker.ts';
import { always, ok } from '../checker.ts';

const accelerator: Checker = {
  id: 'accelerator',
  title: 'Hardware acceleration',
  group: 'system',
  applies: always,
  run({ facts: { system, raw }, settings, trial, accelerator: words, place }) {
    const evidence = [
      ...(words ? [words.evidence] : []),
      ...raw.evidence('devices', /^\/dev\/kvm/),
      ...raw.evidence('cpu', /^(vmx|svm|hypervisor)$/),
    ];
    if (trial === 'works') return ok(`${words?.title ?? 'It works'}: a real guest ran under it.`, evidence);
    if (trial === 'fails')
      return {
        status: 'warning',
        detail: `${words?.title ?? 'The trial guest did not run under it'}. ${words?.detail ?? ''}`.trim(),
        evidence,
        fix: `${words?.fix ? `${words.fix} Until then ` : ''}KubeVirt is told to use software emulation for every machine.`,
        commands: words?.commands ?? [],
        inPlan: settings.accelerator === 'tcg',
      };
    const seen =
      system.cpuFlag === 'none'
        ? 'The processor shows no virtualization'
        : system.hypervisor || system.hypervisorFlag
          ? 'The processor shows virtualization, but this is itself a virtual machine'
          : 'The processor shows virtualization';
    return {
      status: settings.accelerator === 'kvm' ? 'note' : 'warning',
      detail: `${place === 'ssh' ? 'Not tried here: the trial guest runs on this computer only' : `The trial guest could not run${words ? ` (${words.title})` : ''}`}. ${seen}, so machines are planned with ${settings.accelerator === 'kvm' ? 'hardware acceleration' : 'software emulation'}.`,
      evidence,
      ...(words?.fix
        ? { fix: words.fix, commands: words.commands }
        : settings.accelerator === 'tcg'
          ? { fix: 'Where hardware acceleration does work there, choose it in the settings.' }
          : {}),
    };
  },
};

const devices: Checker = {
  id: 'devices',
  title: 'Devices for virtual machines',
  group: 'kernel',
  applies: always,
  run({ facts: { system, kernel, raw }, settings }) {
    const module = {
      '/dev/kvm': system.cpuFlag === 'svm' ? 'kvm_amd' : 'kvm_intel',
      '/dev/net/tun': 'tun',
      '/dev/vhost-net': 'vhost_net',
    } as const;
    const wanted = Object.entries(module).filter(([device]) => device !== '/dev/kvm' || settings.accelerator === 'kvm');
    const evidence = raw.evidence('devices', /^\/dev\/(kvm|net\/tun|vhost-net)/);
    const absent = wanted.filter(([device]) => !system.devices.has(device));
    const lost = absent.filter(([, name]) => ['missing', 'blocked'].includes(kernel.module(name)));
    if (lost.length > 0)
      return {
        status: lost.some(([device]) => device === '/dev/net/tun') ? 'problem' : 'warning',
        blocks: lost.some(([device]) => device === '/dev/net/tun'),
        detail: `Missing, and this kernel has no module for them: ${lost.map(([device, name]) => `${device} (${name})`).join(', ')}. KubeVirt then reports "Insufficient devices.kubevirt.io".`,
        evidence,
        fix: "Install the rest of the kernel's modules, then check again.",
      };
    if (absent.length > 0)
      return {
        status: 'note',
        detail: `Not there yet: ${absent.map(([device]) => device).join(', ')}. Their modules are loaded with the installation.`,
        evidence,
        inPlan: true,
      };
    return ok(`${wanted.map(([device]) => device).join(', ')}: all there.`, evidence);
  },
};

const otherHypervisor: Checker = {
  id: 'other-hypervisor',
  title: 'VirtualBox and VMware',
  group: 'other',
  applies: always,
  run({ facts: { kernel, system, raw }, settings }) {
    const found = (['vboxdrv', 'vmmon'] as const).filter((name) => kernel.module(name) === 'loaded');
    const running = [...system.processes].filter((name) => /^(VBoxHeadless|VirtualBoxVM|vmware-vmx)/.test(name));
    if (found.length === 0) return ok('Neither is loaded.');
    const name = found.includes('vboxdrv') ? 'VirtualBox' : 'VMware';
    return {
      status: settings.accelerator === 'kvm' ? 'warning' : 'note',
      detail: `${name} is loaded${running.length > 0 ? ' and runs machines now' : ''}. Only one of it and KVM can use the processor's virtualization at a time: "Device or resource busy" here, or VERR_VMX_IN_VMX_ROOT_MODE there.`,
      evidence: [...raw.evidence('modules_loaded', /^(vboxdrv|vmmon)$/), ...running],
      fix: `Shut ${name}'s machines down before you start the appliance's.`,
    };
  },
};

export const virtualizationChecks: readonly Checker[] = [accelerator, devices, otherHypervisor];
