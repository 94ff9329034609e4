import type { PlaceInput, PreflightReport } from '../../../main/contract/appliance.ts';
import { useCall } from '../../lib/use-call.ts';
import type { CallState } from '../../lib/use-call.ts';
import { placeKey } from './draft.ts';

const fresh = 10 * 60_000;

/** A look at a machine, shared by the parts that need it; read only, so asking again costs nothing but time. */
export const usePreflight = (place: PlaceInput | undefined): CallState<PreflightReport> =>
  useCall(
    ['preflight', placeKey(place)],
    (api, signal) => api.appliances.preflight({ place: place ?? { type: 'local' } }, { signal }),
    { enabled: place !== undefined, staleMs: fresh },
  );
