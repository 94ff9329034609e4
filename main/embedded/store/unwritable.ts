const why: Record<string, string> = {
  ENOSPC: 'The disk of the data folder is full: nothing can be saved until there is space again. Free some space.',
  EDQUOT: 'The quota of the data folder is used up: nothing can be saved until there is space again. Free some space.',
  EROFS: 'The data folder is on a file system that is read-only: nothing can be saved. Make it writable, or choose another data folder.',
  EACCES: 'The data folder may not be written: nothing can be saved. Give your user the right to it, or choose another data folder.',
  EPERM: 'The data folder may not be written: nothing can be saved. Give your user the right to it, or choose another data folder.',
}; // prettier-ignore

/** In plain words why a file could not be written; undefined where that is not what an error is about. */
export const unwritableText = (error: unknown): string | undefined => {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code !== undefined && Object.hasOwn(why, code) ? why[code] : undefined;
};
