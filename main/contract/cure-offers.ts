import type { OfferId } from './offers.ts';
import type { Cure } from './why.ts';

/** What a cure needs of the target. */
export function offerOfCure(action: Cure['action']): OfferId | undefined {
  switch (action.type) {
    case 'page':
    case 'commands':
      return undefined;
    case 'power':
      return `machines.act:${action.action}`;
    case 'stopMachine':
      return 'machines.act:stop';
    case 'setMemory':
      return 'hardware.resize';
    case 'createNetwork':
      return 'networks.create';
    case 'moveInterface':
      return 'networks.move';
    case 'bootFrom':
      return 'hardware.order';
    case 'eject':
      return 'hardware.eject';
    case 'removeSnapshot':
      return 'snapshots.remove';
    case 'changePort':
      return 'machines.addForward';
    default:
      return 'why.cure';
  }
}
