import type { PermissionId } from '../../../../main/contract/permission-rows.ts';
import { useMay } from '../../../lib/use-may.ts';

/** Why whoever is signed in may not do something with this lab; undefined when they may. */
export function useOwn(lab: string): (id: PermissionId) => string | undefined {
  const may = useMay();
  return (id) => may(id, { lab });
}
