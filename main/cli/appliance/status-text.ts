import type { Appliance } from '../../contract/appliance.ts';

const marks = { unknown: '?', waiting: '.', pass: '+', fail: 'x', skipped: '-' } as const;

/** One appliance for a terminal. */
export function statusText(appliance: Appliance): string {
  const { name, place, state, versions, ladder, troubles, certificates, backups, nodes, upgrades } = appliance;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
  return [
    `${name} on ${place}: ${state}`,
    `  k3s ${versions.k3s ?? '?'}, KubeVirt ${versions.kubevirt ?? '?'}, CDI ${versions.cdi ?? '?'}`,
    ...list(
      'Ready?',
      ladder.map((rung) => `${marks[rung.state]} ${rung.title}: ${rung.detail}${rung.cause ? ` (${rung.cause})` : ''}`),
    ),
    ...list(
      'Troubles:',
      troubles.map(({ title, detail, fix }) => `${title}: ${detail}${fix ? ` ${fix}` : ''}`),
    ),
    ...list(
      'Nodes:',
      nodes.map(
        (node) => `${node.name} ${node.ready ? 'ready' : 'not ready'} ${node.version} ${node.addresses.join(' ')}`,
      ),
    ),
    ...list(
      'Certificates:',
      certificates.map((each) => `${each.name}: ${each.days} days left`),
    ),
    ...list(
      'Backups:',
      backups.map((each) => `${each.name}  ${each.at}  ${each.versions}  ${each.reason}`),
    ),
    ...list(
      'Upgrades:',
      upgrades.map(({ part, from, to }) => `${part} ${from} -> ${to}`),
    ),
    '',
  ].join('\n');
}
