import type { OfferId } from './offers.ts';
import type { Cure } from './why.ts';

/** What cures need that are the same as another button. */
const same: Partial<Record<Cure['action']['type'], OfferId>> = {
  stopMachine: 'machines.act:stop',
  setMemory: 'hardware.resize',
  createNetwork: 'networks.create',
  moveInterface: 'networks.move',
  bootFrom: 'hardware.order',
  eject: 'hardware.eject',
  removeSnapshot: 'snapshots.remove',
  changePort: 'machines.addForward',
};

/** What a cure needs of the target; nothing for those that a person goes on with. */
export function offerOfCure(action: Cure['action']): OfferId | undefined {
  if (action.type === 'page' || action.type === 'commands') return undefined;
  if (action.type === 'power') return `machines.act:${action.action}`;
  return same[action.type] ?? 'why.cure';
}
