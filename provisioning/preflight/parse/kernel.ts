import type { KernelFacts, ModuleState, SecurityFacts } from '../machine.ts';
import type { Sections } from '../sections.ts';

const plain = (name: string): string => name.replaceAll('-', '_');
const fromPath = (line: string): string => plain(/\/([^/:]+?)\.ko/.exec(line)?.[1] ?? '');

/** The option that builds each module, to know it where the kernel keeps no list of what is built in. */
const optionOf: Readonly<Record<string, string>> = {
  overlay: 'OVERLAY_FS', br_netfilter: 'BRIDGE_NETFILTER', bridge: 'BRIDGE', veth: 'VETH', vxlan: 'VXLAN', dummy: 'DUMMY',
  nf_conntrack: 'NF_CONNTRACK', nf_nat: 'NF_NAT', nf_tables: 'NF_TABLES', nft_compat: 'NFT_COMPAT', nft_chain_nat: 'NFT_NAT',
  ip_tables: 'IP_NF_IPTABLES', iptable_nat: 'IP_NF_NAT', iptable_filter: 'IP_NF_FILTER',
  xt_addrtype: 'NETFILTER_XT_MATCH_ADDRTYPE', xt_conntrack: 'NETFILTER_XT_MATCH_CONNTRACK', xt_comment: 'NETFILTER_XT_MATCH_COMMENT',
  xt_multiport: 'NETFILTER_XT_MATCH_MULTIPORT', xt_statistic: 'NETFILTER_XT_MATCH_STATISTIC',
  xt_MASQUERADE: 'NETFILTER_XT_TARGET_MASQUERADE', xt_mark: 'NETFILTER_XT_MARK', xt_set: 'NETFILTER_XT_SET', ip_set: 'IP_SET',
  kvm: 'KVM', kvm_intel: 'KVM_INTEL', kvm_amd: 'KVM_AMD', vhost_net: 'VHOST_NET', tun: 'TUN', loop: 'BLK_DEV_LOOP',
  dm_thin_pool: 'DM_THIN_PROVISIONING', dm_snapshot: 'DM_SNAPSHOT',
}; // prettier-ignore

export function parseKernel(raw: Sections): KernelFacts {
  const loaded = new Set(
    raw
      .lines('modules_loaded')
      .filter((line) => /^[\w-]+$/.test(line))
      .map(plain),
  );
  const builtIn = new Set(raw.lines('modules_builtin').map(fromPath).filter(Boolean));
  const there = new Set(raw.lines('modules_there').map(fromPath).filter(Boolean));
  const blocked = new Set(
    raw.lines('modules_blocked').map((line) => plain(/install\s+([\w-]+)/.exec(line)?.[1] ?? '')),
  );
  const config = parseConfig(raw);
  const folder = raw.yes('modules_folder', 'there');
  const module = (name: string): ModuleState => {
    if (loaded.has(name)) return 'loaded';
    const option = optionOf[name];
    const built = option === undefined ? undefined : config?.get(option);
    if (builtIn.has(name) || built === 'y') return 'built-in';
    if (blocked.has(name) && there.has(name)) return 'blocked';
    if (there.has(name)) return 'there';
    // Neither list nor configuration to look in: nobody knows.
    if (!folder && config === undefined) return 'unknown';
    return folder || built === undefined ? 'missing' : 'unknown';
  };
  const kernel = raw.value('system', 'kernel') ?? '';
  return {
    cgroup: cgroupOf(raw),
    controllers: (raw.value('cgroup', 'controllers') ?? '').split(/\s+/).filter(Boolean),
    cmdline: raw.value('cgroup', 'cmdline') ?? '',
    modulesFolder: folder,
    otherKernels: raw.lines('modules_folder').filter((line) => /^\d+\.\d+/.test(line) && line !== kernel),
    module,
    available: [
      ...new Set([...loaded, ...builtIn, ...Object.keys(optionOf).filter((name) => module(name) === 'built-in')]),
    ].toSorted(),
    config,
    sysctl: new Map(
      raw.lines('sysctl').flatMap((line) => {
        const at = line.indexOf('=');
        return at > 0 ? [[line.slice(0, at), line.slice(at + 1).trim()] as const] : [];
      }),
    ),
  };
}

function parseConfig(raw: Sections): ReadonlyMap<string, string> | undefined {
  const entries = raw.lines('kernel_config').flatMap((line) => {
    const match = /^CONFIG_([A-Z0-9_]+)=(.*)$/.exec(line);
    return match?.[1] === undefined ? [] : [[match[1], match[2] ?? ''] as const];
  });
  return entries.length === 0 ? undefined : new Map(entries);
}

function cgroupOf(raw: Sections): KernelFacts['cgroup'] {
  const type = raw.value('cgroup', 'type') ?? '';
  const mounts = raw.lines('cgroup').map((line) => line.split(' '));
  const at = (path: string, fs: string): boolean => mounts.some((mount) => mount[1] === path && mount[2] === fs);
  if (type === 'cgroup2fs' || at('/sys/fs/cgroup', 'cgroup2')) return 'v2';
  if (at('/sys/fs/cgroup/unified', 'cgroup2')) return 'hybrid';
  if (type === 'tmpfs' || mounts.some((mount) => mount[2] === 'cgroup')) return 'v1';
  return 'unknown';
}

export function parseSecurity(raw: Sections): SecurityFacts {
  const apparmor = /^y/i.test(raw.value('apparmor', 'enabled') ?? '');
  const harmless = new Set([...raw.values('apparmor', 'disabled'), ...raw.values('apparmor', 'allows')]);
  const enforce = raw.value('selinux', 'enforce');
  return {
    apparmor,
    apparmorParser: raw.value('apparmor', 'apparmor_parser') !== undefined,
    libvirtProfiles: apparmor
      ? raw
          .values('apparmor', 'profile')
          .filter((name) => !harmless.has(name))
          .map((name) => `/etc/apparmor.d/${name}`)
      : [],
    selinux: enforce === '1' ? 'enforcing' : enforce === '0' ? 'permissive' : 'off',
    k3sPolicy:
      raw.value('selinux', 'k3s_policy') !== undefined ||
      raw.lines('selinux').some((line) => /^k3s-selinux-\d/.test(line)),
    containerPolicy: raw.lines('selinux').some((line) => /^container-selinux-\d/.test(line)),
    lockdown: /\[(integrity|confidentiality)\]/.exec(raw.value('virtualization', 'lockdown') ?? '')?.[1],
  };
}
