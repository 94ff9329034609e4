import type { PlanFacts } from '../facts.ts';
import type { ApplianceSettings } from '../settings.ts';

/** Modules that must be there before k3s starts; those built in do no harm. */
export const modules = (settings: Pick<ApplianceSettings, 'mode' | 'storage' | 'accelerator'>, facts: Pick<PlanFacts, 'kvmModule'>): string[] => [
  'overlay',
  'br_netfilter',
  'tun',
  // Virtual machines without KVM do not ask for it.
  ...(settings.accelerator === 'kvm' ? ['vhost_net'] : []),
  ...(settings.mode === 'solo' ? ['dummy'] : ['vxlan']),
  ...(settings.accelerator === 'kvm' && facts.kvmModule ? [facts.kvmModule] : []),
  ...(settings.storage === 'local-path' ? [] : ['dm_thin_pool', 'dm_snapshot']),
  ...(settings.storage === 'pool-file' ? ['loop'] : []),
]; // prettier-ignore
export const modulesConf = (names: readonly string[]): string => `# Written by Hearth.\n${names.join('\n')}\n`;

/** Kept over reboots, since nothing else sets them: never lowered. */
export const raised = (facts: Pick<PlanFacts, 'inotify' | 'keys'>): [key: string, value: string][] => [
  ['fs.inotify.max_user_instances', String(Math.max(facts.inotify.instances, 8192))],
  ['fs.inotify.max_user_watches', String(Math.max(facts.inotify.watches, 524_288))],
  ...(facts.keys
    ? ([
        ['kernel.keys.root_maxkeys', String(Math.max(facts.keys.maxKeys, 1_000_000))],
        ['kernel.keys.root_maxbytes', String(Math.max(facts.keys.maxBytes, 25_000_000))],
      ] as [string, string][])
    : []),
];
export const sysctlConf = (values: readonly (readonly [string, string])[]): string =>
  `# Written by Hearth.\n${values.map(([key, value]) => `${key} = ${value}\n`).join('')}`;

/**
 * What k3s and the kubelet set by themselves at every start (pkg/agent/syssetup of k3s-io/k3s, setupKernelTunables of the
 * kubelet). Set by the plan first, so that the ledger knows what was there and brings it back at the uninstall.
 */
export const setByK3s: readonly (readonly [key: string, value: string])[] = [
  ['net.ipv4.ip_forward', '1'],
  ['net.bridge.bridge-nf-call-iptables', '1'],
  ['vm.overcommit_memory', '1'],
  ['vm.panic_on_oom', '0'],
  ['kernel.panic', '10'],
  ['kernel.panic_on_oops', '1'],
];
