import { createContext } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { MachineAction } from '../../../main/contract/machine-ref.ts';
import type { AskOffer } from '../../lib/use-offer.ts';

export interface Acting {
  act: (row: MachineRow, action: MachineAction) => void;
  isBusy: (row: MachineRow, action: MachineAction) => boolean;
  /** Why the target, or this user on it, cannot do it. */
  offer: AskOffer;
}
/** Lets memoised cells act without getting new functions with every render of the page. */
export const ActingContext = createContext<Acting>({
  act: () => undefined,
  isBusy: () => false,
  offer: () => undefined,
});
