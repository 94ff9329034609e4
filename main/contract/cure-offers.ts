import type { FaultWish } from './faults.ts';
import { offers } from './offers.ts';
import type { OfferId } from './offers.ts';
import type { Cure, CureAction } from './why.ts';

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
  uncordon: 'why.cure:uncordon',
  raiseQuota: 'why.cure:raiseQuota',
  softwareMode: 'why.cure:softwareMode',
};

/** What a cure needs of the target; nothing for those that a person goes on with. */
export function offerOfCure(action: Cure['action']): OfferId | undefined {
  if (action.type === 'page' || action.type === 'commands') return undefined;
  // Hearth's own setting: no target is asked.
  if (action.type === 'softwareMode' && action.by === 'setting') return undefined;
  if (action.type === 'power') return `machines.act:${action.action}`;
  return same[action.type] ?? 'why.cure';
}

/** The line of the offers that a call stands under; undefined where it is none of them. Pure. */
export function offerOfCall(procedure: string, input: unknown): OfferId | undefined {
  // A folder of manifests is no other thing than one.
  if (procedure === 'sets.apply' || procedure === 'sets.applyNow') return 'manifests.apply';
  if (procedure === 'why.cure') return offerOfCure((input as { cure: CureAction }).cure);
  // Each kind of fault needs something else.
  const [fault] = procedure === 'faults.begin' ? Object.keys((input as { wish: FaultWish }).wish) : [];
  if (fault !== undefined)
    return ([`faults.begin:${fault}`, procedure] as const).find((id): id is OfferId => id in offers);
  const action = (input as { action?: unknown } | undefined)?.action;
  return [`${procedure}:${String(action)}`, procedure].find((id): id is OfferId => id in offers);
}
