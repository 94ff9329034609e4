import type { BoxRow } from '../../../../main/contract/box/boxes.ts';
import { boxStageSchema } from '../../../../main/contract/box/state.ts';
import type { BoxStage, BoxState, BroughtItem } from '../../../../main/contract/box/state.ts';
import type { Problem } from '../../../../main/contract/problem.ts';
import { boxRow, boxState, hex, keyChanged, longName, manyDisks, minutesAgo, updateFailed } from './data.ts';

export type BoxScenario =
  | BoxStage
  | 'empty'
  | 'found'
  | 'two'
  | 'changed'
  | 'offline'
  | 'revoked'
  | 'trial'
  | 'update-failed'
  | 'long'
  | 'many-disks'
  | 'network-trial'
  | 'brought'
  | 'rebooting'
  | 'worn';

const offline: Problem = {
  code: 'box-offline', title: 'It does not answer', detail: '192.168.1.31 did not answer since 40 minutes, and the box was not found at another address.',
  cause: 'It is switched off, or its cable is out.', fix: 'Switch it on; it is found again by itself.', kind: 'failed',
}; // prettier-ignore
const revoked: Problem = {
  code: 'box-revoked', title: 'The box no longer knows this Hearth', detail: 'It refused the certificate of this Hearth.',
  cause: 'Somebody revoked it on the box, or the box was reset.', fix: 'Forget it here and pair again with its code.', kind: 'denied',
}; // prettier-ignore

const triedNetwork = {
  addressing: { method: 'static' as const, address: '192.168.1.40/24', gateway: '192.168.1.1', dns: ['192.168.1.1'] },
};
const broughtItems: BroughtItem[] = [
  { kind: 'image', name: 'debian-13', state: 'done' },
  {
    kind: 'image',
    name: 'fedora-44',
    state: 'failed',
    problem: {
      code: 'publisher-unreachable',
      title: "The publisher's server cannot be reached",
      detail:
        'https://download.fedoraproject.org/pub/fedora/linux/releases/44/Cloud/x86_64/images/Fedora-Cloud-44-1.7-x86_64-CHECKSUM: getaddrinfo EAI_AGAIN',
      kind: 'failed',
    },
  },
  { kind: 'machine', name: 'web', state: 'done' },
  {
    kind: 'machine',
    name: 'a-machine-with-quite-a-long-name-of-sixty-letters-or-even-more',
    state: 'failed',
    problem: {
      code: 'image-missing',
      title: 'Its image is not there',
      detail: 'It is to be made of fedora-44, which could not be brought along.',
      kind: 'failed',
    },
  },
];

const states: Partial<Record<BoxScenario, () => BoxState>> = {
  trial: () => boxState('ready', { update: { running: '0.3.0', other: { version: '0.2.0', slot: 'a' }, trial: { version: '0.3.0', words: 'Waiting until k3s is ready' } } }),
  'update-failed': () => boxState('ready', { update: { running: '0.2.0', other: { version: '0.3.0', slot: 'b' }, failed: { version: '0.3.0', at: minutesAgo(130), problem: updateFailed } } }),
  long: () => boxState('ready', { name: longName, wishes: { hostName: longName, keyboard: 'us+dvorak-alt-intl', timeZone: 'America/Argentina/ComodRivadavia', language: 'de_DE' } }),
  'many-disks': () => boxState('choosing', { disks: manyDisks }),
  'network-trial': () => boxState('ready', { network: { current: { addressing: { method: 'dhcp' } }, trial: { id: 'trial-1', secondsLeft: 47, network: triedNetwork, inEffect: true } } }),
  brought: () => boxState('ready', { bring: broughtItems }),
  rebooting: () => boxState('ready', { busy: { what: 'reboot', words: 'Restarting; back within a minute or two' } }),
}; // prettier-ignore

export function stateOf(scenario: BoxScenario): BoxState {
  const stage = boxStageSchema.safeParse(scenario);
  if (stage.success) return boxState(stage.data);
  return states[scenario]?.() ?? boxState('ready');
}

const rows: Partial<Record<BoxScenario, (row: BoxRow) => BoxRow[]>> = {
  empty: () => [],
  found: () => [],
  offline: (row) => [{ ...row, state: 'offline', since: minutesAgo(40), problem: offline }],
  revoked: (row) => [{ ...row, state: 'revoked', since: minutesAgo(40), problem: revoked }],
  changed: (row) => [{ ...row, state: 'changed', since: minutesAgo(3), problem: keyChanged }],
  two: (row) => [
    row,
    boxRow(boxState('setup', { boxId: hex('shed-box', 32), name: 'shed' }), { address: '192.168.1.53:8443', fingerprint: hex('shed-key', 64) }),
    boxRow(boxState('ready', { boxId: hex('off-box', 32), name: 'barn' }), { address: '192.168.1.60:8443', state: 'offline', since: minutesAgo(700), problem: offline }),
  ],
}; // prettier-ignore

/** The rows of the book in this scenario. */
export function rowsOf(scenario: BoxScenario): BoxRow[] {
  const row = boxRow(stateOf(scenario));
  return rows[scenario]?.(row) ?? [row];
}
