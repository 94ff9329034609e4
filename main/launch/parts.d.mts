import type { Plugin } from 'vite';

export interface LicencePart {
  name: string;
  version: string;
  licence: string;
  /** Place in `texts`; -1 where it brings none. */
  text: number;
  /** As the lock file names it; only of npm packages. */
  folder?: string;
}
export interface Licences {
  parts: LicencePart[];
  texts: string[];
}
export function packageFolder(id: string, base?: string): string | undefined;
export function collectParts(folders: Set<string>): Plugin;
export function licencesFile(folders: ReadonlySet<string>): Plugin;
export function runsBeside(base?: string): string[];
export function licences(folders: readonly string[], base?: string): Licences;
