import type { Words } from '../text.ts';

/** Files of a language by their path -> by area. */
export const wordsOf = (files: Readonly<Record<string, unknown>>): Words =>
  Object.fromEntries(
    Object.entries(files).map(([path, entries]) => [path.replace(/^.*\/|\.json$/g, ''), entries as Words[string]]),
  );
