import type { ApplianceSettings, PlaceInput } from '../../../main/contract/appliance.ts';
import { placeKey } from './draft.ts';

/** Under which a plan is kept: the same place and settings give the same plan. */
export const planKey = (place: PlaceInput | undefined, settings: ApplianceSettings | undefined): unknown[] => [
  'plan',
  placeKey(place),
  settings,
];
