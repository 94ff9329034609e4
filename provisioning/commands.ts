import { stringify } from 'yaml';
import { paths } from './paths.ts';
import type { ClusterAction, Download, Plan, RootAction, RootStep } from './plan.ts';

/**
 * The same plan as a script for a terminal, for people who rather type it themselves. POSIX sh with curl, sha256sum and
 * sudo. It keeps no ledger, so it cannot be undone by Hearth, and it says so.
 */
export function asCommands(plan: Plan): string {
  const root = plan.root.filter((step) => !leftOut(step, plan.downloads));
  const names = new Set(
    [...root.map(downloadOf), ...plan.cluster.map(({ action }) => (action.kind === 'apply-download' ? action.name : undefined))],
  );
  const fetched = plan.downloads.filter(({ name }) => names.has(name));
  return [
    '#!/bin/sh',
    comment(plan.words.summary),
    '# The same as the plan, by hand. Nothing is written into the ledger: Hearth cannot undo what is done this way.',
    'set -eu',
    'umask 022',
    'work=$(mktemp -d)',
    `trap 'rm -rf "$work"' EXIT`,
    'cd "$work"',
    ...fetched.flatMap(fetchLines),
    ...plan.root.flatMap((step) => [
      '',
      comment(step.title),
      ...(leftOut(step, plan.downloads) ? ['# Left out here: it is an archive that Hearth makes, and nothing fails without it.'] : rootLines(step.action)),
    ]),
    ...(plan.cluster.length > 0 ? ['', 'kubectl() { sudo k3s kubectl "$@"; }'] : []),
    ...plan.cluster.flatMap(({ title, action }) => ['', comment(title), ...clusterLines(action)]),
    '',
  ].join('\n');
} // prettier-ignore

const downloadOf = ({ action }: RootStep): string | undefined =>
  action.kind === 'file' && action.content.from === 'download' ? action.content.name : undefined;
/** Archives of images are put together by Hearth; the node pulls the same from the registry. */
function leftOut(step: RootStep, downloads: readonly Download[]): boolean {
  const name = downloadOf(step);
  if (name !== undefined) return downloads.some((one) => one.name === name && one.image !== undefined);
  return step.action.kind === 'file' && step.action.content.from === 'bytes';
}

/** One argument for the shell, whatever is in it. */
export const quote = (text: string): string =>
  /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
const comment = (text: string): string => `# ${text.replaceAll(/\p{Cc}+/gu, ' ')}`;

function fetchLines({ name, title, url, sha256, checksums }: Download): string[] {
  const get = (from: string, to: string): string => `curl -fL --retry 3 -o ${quote(to)} ${quote(from)}`;
  const lines = ['', comment(`Fetch: ${title}`), get(url, name)];
  if (sha256 !== undefined) return [...lines, `echo ${quote(`${sha256}  ${name}`)} | sha256sum -c -`];
  if (!checksums) return [...lines, '# Its project publishes no checksum.', `sha256sum ${quote(name)}`];
  const list = `${name}.sums`;
  const program = `($2 == want || $2 == "*" want) { print $1 "  " name }`;
  return [
    ...lines,
    get(checksums.url, list),
    `awk -v want=${quote(checksums.file)} -v name=${quote(name)} '${program}' ${quote(list)} | sha256sum -c -`,
  ];
}

/** A here-document whose end is nowhere in the text. */
function here(command: string, text: string): string[] {
  const lines = text.replace(/\n$/, '').split('\n');
  let end = 'HEARTH_END';
  while (text.includes(end)) end += '_';
  return [`${command} <<'${end}'`, ...lines, end];
}

function rootLines(action: RootAction): string[] {
  switch (action.kind) {
    case 'dir':
      return [`sudo install -d -m ${action.mode} ${quote(action.path)}`];
    case 'claim':
      return [`sudo mkdir -p ${quote(action.path)}`];
    case 'file': {
      const { content, mode, path } = action;
      if (content.from === 'text') return here(`sudo install -D -m ${mode} /dev/stdin ${quote(path)}`, content.text);
      return content.from === 'download' ? [`sudo install -D -m ${mode} ${quote(content.name)} ${quote(path)}`] : [];
    }
    case 'modules':
      return action.names.map((name) => `sudo modprobe ${quote(name)}`);
    case 'sysctl':
      return [`sudo sysctl -w ${quote(`${action.key}=${action.value}`)}`];
    case 'enable':
      return ['sudo systemctl daemon-reload', `sudo systemctl enable ${action.unit}`];
    case 'start':
    case 'restart':
      return ['sudo systemctl daemon-reload', `sudo systemctl ${action.kind} --no-block ${action.unit}`];
    case 'stop':
      return [`sudo systemctl stop ${action.unit}`];
    case 'wait-unit':
      return [`timeout ${action.seconds} sh -c ${quote(`until systemctl is-active --quiet ${action.unit}; do sleep 2; done`)}`];
    case 'handover':
      return [
        `timeout ${action.seconds} sh -c ${quote('until sudo test -s /etc/rancher/k3s/k3s.yaml; do sleep 2; done')}`,
        `sudo install -D -m 0600 -o ${action.uid} /etc/rancher/k3s/k3s.yaml ${quote(paths.handover(action.uid))}`,
      ];
    case 'group':
      return [`sudo usermod -aG ${action.group} ${quote(action.user)}`];
    case 'firewall':
      return action.tool === 'ufw'
        ? [`sudo ufw allow from ${quote(action.source)}`, `sudo ufw route allow from ${quote(action.source)}`]
        : [`sudo firewall-cmd --permanent --zone=trusted --add-source=${quote(action.source)}`, 'sudo firewall-cmd --reload'];
    case 'pool-file':
      return [
        `sudo install -d -m 0755 /var/lib/hearth`,
        `sudo truncate -s ${action.size} ${paths.pool}`,
        ...poolOn(`"$(sudo losetup --find --show ${paths.pool})"`),
      ];
    case 'pool-disk':
      return poolOn(quote(action.disk));
    case 'backup':
      return [
        'sudo systemctl stop k3s',
        `sudo install -d -m 0700 ${paths.backups}`,
        `sudo tar -C / -cpf ${quote(`${paths.backups}/${action.name}.tar`)} var/lib/rancher/k3s/server/db var/lib/rancher/k3s/server/tls var/lib/rancher/k3s/server/cred var/lib/rancher/k3s/server/token etc/rancher`,
        'sudo systemctl start --no-block k3s',
      ];
    case 'restore':
      return ['sudo systemctl stop k3s', `sudo tar -C / -xpf ${quote(`${paths.backups}/${action.name}.tar`)}`];
    case 'drop-backup':
      return [`sudo rm -- ${quote(`${paths.backups}/${action.name}.tar`)}`];
    case 'kill-pods':
      return ["sudo pkill -KILL -f '^/var/lib/rancher/k3s/data/[^/]*/bin/containerd-shim' || true"];
    case 'token':
      return [`sudo k3s token create --ttl ${action.hours}h`];
  }
} // prettier-ignore
const poolOn = (device: string): string[] => [
  `sudo vgcreate hearth ${device}`,
  'sudo lvcreate --type thin-pool --name pool --extents 95%FREE hearth',
];

function clusterLines(action: ClusterAction): string[] {
  const apply = 'kubectl apply --server-side --force-conflicts --field-manager=hearth -f';
  if (action.kind === 'apply-download')
    return [`kubectl apply --server-side --force-conflicts -f - <${quote(action.name)}`];
  if (action.kind === 'apply')
    return here(`${apply} -`, action.objects.map((object) => stringify(object)).join('---\n'));
  switch (action.rung) {
    case 'readyz':
      return ['until kubectl get --raw /readyz; do sleep 2; done'];
    case 'node':
      return ['kubectl wait node --all --for=condition=Ready --timeout=10m'];
    case 'core':
      return ['kubectl -n kube-system wait deployment --all --for=condition=Available --timeout=10m'];
    case 'storage':
      return ['kubectl get storageclass'];
    case 'kubevirt':
      return ['kubectl -n kubevirt wait kubevirt kubevirt --for=condition=Available --timeout=20m'];
    case 'cdi':
      return ['kubectl wait cdi cdi --for=condition=Available --timeout=20m'];
    case 'devices':
      return [`kubectl get nodes -o jsonpath='{.items[*].status.allocatable}'`];
    case 'unit':
      return ['systemctl is-active k3s'];
    case 'port':
    case 'ca':
    case 'paths':
    case 'smoke':
      return ['# Hearth looks at this by itself; there is no one command for it.'];
  }
}
