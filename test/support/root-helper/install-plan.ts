import { fileStep } from './lab.ts';
import type { Step } from './lab.ts';

/** A program that stands in for k3s where the helper calls it. */
export const fakeK3s = (version: string): string => `#!/bin/sh
case "$1 \${2:-}" in
  '--version '*) echo 'k3s version ${version} (0123abcd)' ;;
  'token create') echo 'K10aa.bb::abcdef.0123456789abcdef' ;;
  *) exit 1 ;;
esac
`;
const unit = (name: string) =>
  `[Unit]\nDescription=${name}\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n`;

/** A plan of the shape that an installation has, one step of nearly every kind. `uid`: who gets the access file. */
export const installPlan = (uid: number, { version = 'v1.36.3+k3s1', pool = true } = {}): Step[] => [
  fileStep('modules-file', '0644', '/etc/modules-load.d/hearth.conf', 'overlay\nbr_netfilter\n'),
  { id: 'modules', fields: ['modules', 'overlay', 'br_netfilter', 'tun'] },
  fileStep('sysctl-file', '0644', '/etc/sysctl.d/90-hearth.conf', 'fs.inotify.max_user_instances = 8192\n'),
  { id: 'sysctl-instances', fields: ['sysctl', 'fs.inotify.max_user_instances', '8192'] },
  { id: 'sysctl-watches', fields: ['sysctl', 'fs.inotify.max_user_watches', '524288'] },
  { id: 'claim-rancher', fields: ['claim', '/etc/rancher'] },
  ...['/var/lib/rancher/k3s', '/var/lib/kubelet', '/var/lib/cni', '/etc/cni', '/run/k3s', '/run/flannel'].map(
    (path, n) => ({
      id: `claim-${n}`,
      fields: ['claim', path],
    }),
  ),
  { id: 'claim-volumes', fields: ['claim', '/var/lib/hearth/volumes'] },
  { id: 'dir-kubelet', fields: ['dir', '0755', '/var/lib/rancher/k3s/agent/etc/kubelet.conf.d'] },
  fileStep('k3s', '0755', '/usr/local/bin/k3s', fakeK3s(version)),
  fileStep(
    'images',
    '0644',
    '/var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64.tar.zst',
    Buffer.alloc(70_000, version),
  ),
  fileStep('config', '0600', '/etc/rancher/k3s/config.yaml', 'node-name: lab\n'),
  fileStep(
    'kubelet',
    '0644',
    '/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/20-hearth.conf',
    'kind: KubeletConfiguration\n',
  ),
  fileStep('net-up', '0755', '/usr/local/bin/hearth-net', '#!/bin/sh\n'),
  fileStep('nm', '0644', '/etc/NetworkManager/conf.d/90-hearth.conf', '[keyfile]\n'),
  fileStep(
    'apparmor',
    '0644',
    '/etc/apparmor.d/local/usr.sbin.libvirtd',
    '# local rules\n/usr/libexec/qemu-kvm PUx,\n',
  ),
  fileStep('net-unit', '0644', '/etc/systemd/system/hearth-net.service', unit('hearth-net')),
  fileStep('k3s-env', '0600', '/etc/systemd/system/k3s.service.env', 'HTTPS_PROXY=http://proxy.lan:3128\n'),
  fileStep('k3s-unit', '0644', '/etc/systemd/system/k3s.service', unit('k3s')),
  { id: 'firewalld', fields: ['firewall', 'firewalld', '10.42.0.0/16'] },
  { id: 'ufw', fields: ['firewall', 'ufw', '10.43.0.0/16'] },
  ...(pool ? [{ id: 'pool', fields: ['pool-file', '1073741824'] }] : []),
  { id: 'group', fields: ['group', 'person', 'kvm'] },
  { id: 'net-enable', fields: ['enable', 'hearth-net'] },
  { id: 'net-start', fields: ['start', 'hearth-net'] },
  { id: 'k3s-enable', fields: ['enable', 'k3s'] },
  { id: 'k3s-start', fields: ['start', 'k3s'] },
  { id: 'k3s-wait', fields: ['wait-unit', 'k3s', '60'] },
  { id: 'handover', fields: ['handover', String(uid), '60'] },
];
