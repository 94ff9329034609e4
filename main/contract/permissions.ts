import { reaches } from './roles.ts';
import type { AccessState, Permission } from './access.ts';
import type { Role } from './roles.ts';
import { permissions } from './permission-rows.ts';
import type { PermissionId } from './permission-rows.ts';

/** What is served beside the contract, and the row that it stands under. */
export const doorRows = {
  '/exports': 'transfer.files',
  '/support': 'support.make',
  '/upload': 'images.startUpload',
} as const satisfies Record<string, PermissionId>;
export type Door = keyof typeof doorRows;

/** The least role that may do it, whosever it is. Pure. */
export function leastRole(id: PermissionId): Role {
  const permission: Permission = permissions[id];
  return permission === 'admin' || permission === 'operator' || permission === 'student' ? permission : 'operator';
}
/** Whether a role may do it with things of its own only. Pure. */
export const ownOnly = (role: Role, id: PermissionId): boolean =>
  role === 'student' && !['admin', 'operator', 'student'].includes(permissions[id]);
/** Whether a role may do it at all. Pure. */
export const mayAtAll = (role: Role, id: PermissionId): boolean => ownOnly(role, id) || reaches(role, leastRole(id));

const rows = Object.keys(permissions) as PermissionId[];
/** What is told to a page about a role. Pure. */
export const beyondOf = (role: Role): Pick<AccessState, 'beyond' | 'ownOnly'> => ({
  beyond: Object.fromEntries(rows.filter((id) => !mayAtAll(role, id)).map((id) => [id, leastRole(id)])),
  ownOnly: rows.filter((id) => ownOnly(role, id)),
});
