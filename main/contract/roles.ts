/** Each may what the ones after it may. */
export const roles = ['admin', 'operator', 'student'] as const;
export type Role = (typeof roles)[number];
/** Whether one role may what another one may at least. Pure. */
export const reaches = (role: Role, least: Role): boolean => roles.indexOf(role) <= roles.indexOf(least);

/** Where `hearth serve --lan` serves the pages, unless told. */
export const lanPort = 8445;
export const shortestPassword = 10;
export const longestPassword = 200;
export const longestName = 40;
/** Names that people sign in by. */
export const userNamePattern = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@ -]*$/u;
