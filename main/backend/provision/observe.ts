import { parseUnit } from '../../../provisioning/ladder/observations.ts';
import type { PlaceObservation } from '../../../provisioning/ladder/observations.ts';
import type { Place } from './place.ts';

/** Lines of the journal that are read at a time. */
const journalLines = 200;

/**
 * What can be seen of k3s on its machine without root: the unit, and its journal where this user may read it (members of
 * `adm` and `systemd-journal` may). undefined: nothing can be seen, e.g. there is no systemd.
 */
export async function observe(place: Place, signal?: AbortSignal): Promise<PlaceObservation | undefined> {
  const how = { timeoutMs: 10_000, ...(signal && { signal }) };
  const shown = await place.run(
    ['systemctl', 'show', 'k3s', '-p', 'LoadState,ActiveState,SubState,NRestarts,ExecMainStatus,InvocationID'],
    how,
  );
  if (shown.code !== 0) return undefined;
  const unit = parseUnit(shown.stdout);
  // Of one that runs, only what it said since it was started: what an earlier run ended with is over.
  const [, run] = /^InvocationID=([0-9a-f]{32})$/m.exec(shown.stdout) ?? [];
  const which = unit?.active === 'active' && run ? `_SYSTEMD_INVOCATION_ID=${run}` : '--unit=k3s';
  const journal = await place.run(
    ['journalctl', which, `--lines=${journalLines}`, '--no-pager', '--output=cat', '--quiet', '--boot'],
    how,
  );
  return {
    ...(unit && { unit }),
    journal: journal.code === 0 ? journal.stdout.split('\n').filter((line) => line !== '') : [],
  };
}
