import type { PermissionId } from '../../../main/contract/permission-rows.ts';
import { useMay } from '../../lib/use-may.ts';
import { actWhy } from './view.ts';

const rows: Partial<Record<Parameters<typeof actWhy>[1], PermissionId>> = {
  uninstall: 'appliances.uninstall',
  upgrade: 'appliances.upgrade',
  restore: 'appliances.restore',
  join: 'appliances.join',
};
/** Why something cannot be done now: by whoever is signed in, or with an appliance that stands so. */
export function useActWhy(): typeof actWhy {
  const may = useMay();
  return (row, act) => may(rows[act] ?? 'appliances.act') ?? actWhy(row, act);
}
