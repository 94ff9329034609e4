import { accessSync, constants, readdirSync, readFileSync, realpathSync } from 'node:fs';

/** This computer's /sys, /proc and lists of names, or a recorded tree of another's. Unreadable and absent are the same. */
export interface DeviceFiles {
  read(path: string): string | undefined;
  list(path: string): string[];
  /** The path without links; undefined where nothing is there. */
  real(path: string): string | undefined;
  /** Whether this user may open it for reading and writing. */
  writable(path: string): boolean;
}

const orNone = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined; // no evidence
  }
};

/** A computer's files below `root`; '' for this one's own. Links inside a recorded tree must be relative. */
export const deviceFiles = (root = ''): DeviceFiles => ({
  read: (path) => orNone(() => readFileSync(root + path, 'utf8')),
  list: (path) => orNone(() => readdirSync(root + path).toSorted()) ?? [],
  real: (path) => orNone(() => realpathSync(root + path).slice(root.length)),
  writable: (path) =>
    orNone(() => {
      accessSync(root + path, constants.R_OK | constants.W_OK);
      return true;
    }) ?? false,
});
