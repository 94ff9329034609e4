import { fileStep, planText, sha256 } from './lab.ts';
import type { Step } from './lab.ts';

/** A plan that must be refused, and what the room is prepared with before. */
export interface Hostile {
  name: string;
  plan: Buffer | string;
  files?: Record<string, Buffer>;
  /** A shell script run in the room before; `staged` after the plan was staged. */
  prepare?: string;
  staged?: string;
  sha?: string;
  /** Needs files of other users. */
  otherUsers?: boolean;
}

const step = (...fields: string[]): Step => ({ id: 'one', fields });
const plan = (...fields: string[]): string => planText('install', [step(...fields)]);
const config = fileStep('one', '0600', '/etc/rancher/k3s/config.yaml', 'node-name: lab\n');
const content = { [config.fields[3]!]: config.content! };
const placing = (mode: string, path: string, text = 'x'): Pick<Hostile, 'plan' | 'files'> => {
  const one = fileStep('one', mode, path, text);
  return { plan: planText('install', [one]), files: { [one.fields[3]!]: one.content! } };
};
const good = planText('install', [config]);
const [head, body] = good.split('\n') as [string, string];

const paths = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/sudoers.d/hearth',
  '/root/.ssh/authorized_keys',
  '/etc/rancher/k3s/../../passwd',
  '/etc/rancher/k3s/./config.yaml',
  '/etc/rancher//k3s/config.yaml',
  '/etc/rancher/k3s/config.yaml/',
  'etc/rancher/k3s/config.yaml',
  '/etc/rancher/k3s/config.yaml.d/../config.yaml',
  '/etc/rancher/k3s/config.yaml.d/90-other.yaml',
  '/etc/rancher/k3s/config.yaml.d/90-hearth.yaml.sh',
  '/etc/rancher/k3s/config.yaml.d/90-hearth/x.yaml',
  '/var/lib/rancher/k3s/agent/images/.tar',
  '/var/lib/rancher/k3s/agent/images/a/b.tar',
  '/var/lib/rancher/k3s/agent/images/../../server/token.tar',
  '/var/lib/rancher/k3s/agent/images/x.tar.sh',
  '/var/lib/rancher/k3s/server/manifests/other.yaml',
  '/var/lib/rancher/k3s/server/token',
  '/var/lib/hearth/ledger',
  '/var/lib/hearth/pool.img',
  '/etc/systemd/system/ssh.service',
  '/etc/systemd/system/k3s.service.d/x.conf',
  '/etc/sysctl.d/90-hearth.conf;id',
  '/etc/sysctl.d/90-hearth.conf$(id)',
  '/etc/sysctl.d/*',
  '/etc/sysctl.d/90-hearth.conf ',
  '/usr/local/bin/kubectl',
  '/usr/bin/k3s',
  '/dev/sda',
  '/proc/sys/kernel/core_pattern',
];
const fields: [string, ...string[]][] = [
  ['unknown', 'x'],
  ['eval', 'id'],
  ['FILE', '0644'],
  ['dir', '0777', '/etc/rancher'],
  ['dir', '4755', '/etc/rancher'],
  ['dir', '0755', '/etc/cron.d'],
  ['dir', '0755', '/'],
  ['dir', '0755', '/etc/rancher', 'more'],
  ['dir', '0755'],
  ['claim', '/'],
  ['claim', '/etc'],
  ['claim', '/home'],
  ['claim', '/var/lib'],
  ['claim', '/etc/hearth-volumes'],
  ['claim', '/usr/share/hearth-volumes'],
  ['claim', '/srv/../etc/hearth-volumes'],
  ['claim', '/srv/x-hearth-volumes'],
  ['claim', '/hearth-volumes/..'],
  ['claim', '/etc/rancher', '/etc'],
  ['modules', 'overlay', 'evil'],
  ['modules', 'overlay;reboot'],
  ['modules', '-r'],
  ['modules', '../../etc/passwd'],
  ['modules'],
  ['sysctl', 'kernel.core_pattern', '1'],
  ['sysctl', 'kernel.panic', '|/bin/sh'],
  ['sysctl', 'kernel.panic', '-1'],
  ['sysctl', 'kernel.panic', '010'],
  ['sysctl', 'kernel.panic', '99999999999999999999'],
  ['sysctl', '../../kernel/panic', '1'],
  ['enable', 'ssh'],
  ['enable', 'k3s.service'],
  ['enable', '--now'],
  ['start', 'k3s', 'ssh'],
  ['stop', 'dbus'],
  ['restart', '-H'],
  ['wait-unit', 'k3s', '0'],
  ['wait-unit', 'k3s', '1e3'],
  ['wait-unit', 'k3s', '3601'],
  ['wait-unit', 'k3s'],
  ['handover', '-1', '60'],
  ['handover', 'root', '60'],
  ['handover', '4294967295', '60'],
  ['handover', '0/../../etc', '60'],
  ['group', 'person', 'sudo'],
  ['group', 'person', 'docker'],
  ['group', '-G', 'kvm'],
  ['group', 'per son', 'kvm'],
  ['group', 'nobodyknows', 'kvm'],
  ['firewall', 'iptables', '10.42.0.0/16'],
  ['firewall', 'ufw', '0.0.0.0/0'],
  ['firewall', 'ufw', '8.8.8.0/24'],
  ['firewall', 'ufw', '10.0.0.0/4'],
  ['firewall', 'ufw', '10.42.0.256/16'],
  ['firewall', 'ufw', '10.42.0/16'],
  ['firewall', 'ufw', '10.42.0.0'],
  ['firewall', 'ufw', '10.42.0.0/16 to any'],
  ['firewall', 'firewalld', '172.32.0.0/16'],
  ['pool-file', '1'],
  ['pool-file', '-1073741824'],
  ['pool-file', '10G'],
  ['pool-file', '1073741824', '/srv/x'],
  ['pool-disk', '/dev/sda'],
  ['pool-disk', '/dev/disk/by-id/../../sda'],
  ['pool-disk', '/dev/disk/by-id/nosuch'],
  ['backup', '../../etc/x'],
  ['backup', '.hidden'],
  ['backup', 'a b'],
  ['restore', '/etc/passwd'],
  ['drop-backup', '..'],
  ['drop-backup', '*'],
  ['kill-pods', 'all'],
  ['token', '0'],
  ['token', '24h'],
  ['token', '8761'],
];
const lines = (...all: string[]): string => `${all.join('\n')}\n`;

export const hostile: Hostile[] = [
  ...paths.map((path) => ({ name: `a file at ${path}`, ...placing('0644', path) })),
  ...['4755', '0777', '755', '0666', '6644', '0755'].map((mode) => ({
    name: `mode ${mode} for a configuration`,
    ...placing(mode, '/etc/rancher/k3s/config.yaml'),
  })),
  { name: 'a program that is none', ...placing('0644', '/usr/local/bin/k3s') },
  ...fields.map((all) => ({ name: `fields ${all.join(' ')}`, plan: plan(...all) })),
  // The text of the plan itself
  { name: 'another hash', plan: good, files: content, sha: sha256('x') },
  { name: 'a hash that is none', plan: good, files: content, sha: 'x; id' },
  { name: 'an empty plan', plan: '' },
  { name: 'only the first line', plan: lines(head) },
  { name: 'no end', plan: lines(head, body), files: content },
  { name: 'no last line end', plan: good.trimEnd(), files: content },
  { name: 'lines after the end', plan: `${good}${lines(body)}`, files: content },
  { name: 'more steps than told', plan: lines(head, body, body.replace('one', 'two'), 'end\t1'), files: content },
  { name: 'fewer steps than told', plan: lines(head.replace(/1$/, '2'), body, 'end\t2'), files: content },
  { name: 'two counts', plan: lines(head, body, 'end\t2'), files: content },
  { name: 'a count with shell in it', plan: lines(head.replace(/1$/, '1$(id)'), body, 'end\t1'), files: content },
  { name: 'another version', plan: good.replace('\t1\t', '\t2\t'), files: content },
  { name: 'a purpose with shell in it', plan: good.replace('install', 'x`id`'), files: content },
  { name: 'an id twice', plan: lines(head.replace(/1$/, '2'), body, body, 'end\t2'), files: content },
  { name: 'an id with a slash', plan: good.replace('\tone\t', '\t../one\t'), files: content },
  { name: 'an id too long', plan: good.replace('\tone\t', `\t${'a'.repeat(64)}\t`), files: content },
  { name: 'an empty field', plan: good.replace('\t0600\t', '\t\t'), files: content },
  { name: 'a field more', plan: good.replace('config.yaml\n', 'config.yaml\tbefore=absent\n'), files: content },
  { name: 'a TAB at the end', plan: good.replace('config.yaml\n', 'config.yaml\t\n'), files: content },
  { name: 'line ends of Windows', plan: good.replaceAll('\n', '\r\n'), files: content },
  { name: 'an empty line', plan: good.replace('\nend', '\n\nend'), files: content },
  { name: 'a byte order mark', plan: `\ufeff${good}`, files: content },
  { name: 'a NUL', plan: good.replace('install', 'inst\u0000all'), files: content },
  { name: 'an escape', plan: good.replace('config.yaml', '\u001b[31mconfig.yaml'), files: content },
  { name: 'a letter that only looks alike', plan: good.replace('config.yaml', 'cоnfig.yaml'), files: content },
  {
    name: 'bytes that are no text',
    plan: Buffer.concat([Buffer.from(good), Buffer.from([0xff, 0xfe, 10])]),
    files: content,
  },
  {
    name: '2 MiB',
    plan: lines('hearth-plan\t1\tinstall\t1', `step\tone\tmodules\t${'overlay\t'.repeat(262_144)}overlay`, 'end\t1'),
  },
  {
    name: '501 steps',
    plan: planText(
      'install',
      Array.from({ length: 501 }, (_, n) => ({ id: `s${n}`, fields: ['modules', 'tun'] })),
    ),
  },
  {
    name: 'a good step before a bad one',
    plan: planText('install', [config, { id: 'two', fields: ['enable', 'ssh'] }]),
    files: content,
  },
  // What is staged
  { name: 'content that is missing', plan: good },
  { name: 'content of another hash', plan: good, files: { [config.fields[3]!]: Buffer.from('node-name: evi\n') } },
  {
    name: 'content of another size',
    plan: good,
    files: { [config.fields[3]!]: Buffer.from('longer than the plan says\n') },
  },
  { name: 'a huge content', plan: good, staged: `truncate -s 1T /lab/shared/staging/${config.fields[3]}` },
  { name: 'a link as content', plan: good, staged: `ln -s /var/lib/secret /lab/shared/staging/${config.fields[3]}` },
  { name: 'a FIFO as content', plan: good, staged: `mkfifo /lab/shared/staging/${config.fields[3]}` },
  { name: 'a folder as content', plan: good, staged: `mkdir /lab/shared/staging/${config.fields[3]}` },
  { name: 'a FIFO as plan', plan: good, staged: 'rm /lab/shared/staging/plan; mkfifo /lab/shared/staging/plan' },
  {
    name: 'a link as plan',
    plan: good,
    files: content,
    staged: 'mv /lab/shared/staging/plan /lab/shared/p; ln -s /lab/shared/p /lab/shared/staging/plan',
  },
  { name: 'a size larger than allowed', plan: good.replace(/\t15\t/, '\t4194305\t'), files: content },
  {
    name: 'a profile of libvirt with more than our line',
    ...placing(
      '0644',
      '/etc/apparmor.d/local/usr.sbin.libvirtd',
      '# local rules\n/usr/libexec/qemu-kvm PUx,\n/** rwmux,\n',
    ),
  },
  {
    name: 'a profile of libvirt without what is there',
    ...placing('0644', '/etc/apparmor.d/local/usr.sbin.libvirtd', '/usr/libexec/qemu-kvm PUx,\n'),
  },
  // The machine
  { name: 'a link above the file', plan: good, files: content, prepare: 'mkdir -p /srv/x; ln -s /srv/x /etc/rancher' },
  {
    name: 'a link to root’s own folder above the file',
    plan: good,
    files: content,
    prepare: 'mkdir -p /etc/rancher; ln -s /etc /etc/rancher/k3s',
  },
  {
    name: 'a link as the file',
    plan: good,
    files: content,
    prepare: 'mkdir -p /etc/rancher/k3s; ln -s /etc/passwd /etc/rancher/k3s/config.yaml',
  },
  {
    name: 'a dangling link as the file',
    plan: good,
    files: content,
    prepare: 'mkdir -p /etc/rancher/k3s; ln -s /nowhere /etc/rancher/k3s/config.yaml',
  },
  {
    name: 'a FIFO as the file',
    plan: good,
    files: content,
    prepare: 'mkdir -p /etc/rancher/k3s; mkfifo /etc/rancher/k3s/config.yaml',
  },
  { name: 'a folder as the file', plan: good, files: content, prepare: 'mkdir -p /etc/rancher/k3s/config.yaml' },
  { name: 'a file as a folder', plan: good, files: content, prepare: 'echo x >/etc/rancher' },
  {
    name: 'a folder that everybody may change',
    plan: good,
    files: content,
    prepare: 'mkdir -p /etc/rancher/k3s; chmod 777 /etc/rancher',
  },
  {
    name: 'a folder of a user',
    plan: good,
    files: content,
    prepare: 'mkdir -p /etc/rancher/k3s; chown 1000 /etc/rancher',
    otherUsers: true,
  },
  {
    name: 'a folder that a group may change',
    plan: good,
    files: content,
    prepare: 'mkdir -p /etc/rancher; chown 0:1000 /etc/rancher; chmod 775 /etc/rancher',
    otherUsers: true,
  },
  { name: 'our folder as a link', plan: good, files: content, prepare: 'mkdir /srv/h; ln -s /srv/h /var/lib/hearth' },
  {
    name: 'our folder open to everybody',
    plan: good,
    files: content,
    prepare: 'mkdir /var/lib/hearth; chmod 777 /var/lib/hearth',
  },
  {
    name: 'files of somebody else in a claim',
    plan: plan('claim', '/var/lib/rancher/k3s'),
    prepare: 'mkdir -p /var/lib/rancher/k3s; echo x >/var/lib/rancher/k3s/theirs',
  },
  {
    name: 'hidden files of somebody else in a claim',
    plan: plan('claim', '/var/lib/kubelet'),
    prepare: 'mkdir -p /var/lib/kubelet; echo x >/var/lib/kubelet/.theirs',
  },
  { name: 'a link as a claim', plan: plan('claim', '/var/lib/cni'), prepare: 'ln -s /etc /var/lib/cni' },
  { name: 'a file as a claim', plan: plan('claim', '/run/k3s'), prepare: 'echo x >/run/k3s' },
  {
    name: 'disks of somebody else',
    plan: plan('claim', '/srv/hearth-volumes'),
    prepare: 'mkdir /srv/hearth-volumes; echo x >/srv/hearth-volumes/disk',
  },
  {
    name: 'disks below a folder of a user',
    plan: plan('claim', '/home/person/hearth-volumes'),
    prepare: 'mkdir -p /home/person; chown 1000 /home/person',
    otherUsers: true,
  },
  { name: 'a claim in a folder open to everybody', plan: plan('claim', '/var/tmp/hearth-volumes') },
];
