import type { Permission } from './access.ts';
import type { Contract } from './contract.ts';
import { application } from './permission-rows/application.ts';
import { boxes } from './permission-rows/boxes.ts';
import { learning } from './permission-rows/learning.ts';
import { machines } from './permission-rows/machines.ts';
import { pods } from './permission-rows/pods.ts';
import type { Paths } from './procedure.ts';

export type ProcedurePath = Paths<Contract>;
/**
 * Who may what: a row for every procedure (the compiler and a test see to that); `procedure:variant` is what a call asks beyond
 * it (main/backend/access/variants.ts). Students look at what holds no secrets and work in labs that they started; operators
 * do everything with machines, images, networks and labs; what reaches this computer (files, settings, users) is for admins.
 */
export const permissions = { ...application, ...machines, ...pods, ...learning, ...boxes } as const satisfies Record<
  ProcedurePath,
  Permission
> &
  Record<`${ProcedurePath}:${string}`, Permission>;
export type PermissionId = keyof typeof permissions;
