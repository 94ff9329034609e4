import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SbomPart } from '../../../provisioning/packaging/sbom.ts';
import type { Licences } from '../parts.mjs';

interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** What the build wrote beside the pages. Throws where Hearth is not built. */
export const builtLicences = async (root: string): Promise<Licences> =>
  JSON.parse(await readFile(join(root, 'out/renderer/licences.json'), 'utf8')) as Licences;

/** The npm packages that are shipped, with what the lock file knows of them; Node is one of them. */
export async function shippedParts(root: string, { parts }: Licences, nodeFolder: string): Promise<SbomPart[]> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const folders = [...parts.flatMap(({ folder }) => folder ?? []), nodeFolder];
  const shipped = new Set(folders);
  /** As Node looks for it: from the package's own folder upwards. */
  const found = (from: string, name: string): string | undefined => {
    for (let base = from; ; base = base.slice(0, base.lastIndexOf('/node_modules/'))) {
      const path = `${base}/node_modules/${name}`;
      if (shipped.has(path)) return path;
      if (!base.includes('/node_modules/')) break;
    }
    return shipped.has(`node_modules/${name}`) ? `node_modules/${name}` : undefined;
  };
  const nameOf = (folder: string): string => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const versionOf = (folder: string): string => packages[folder]?.version ?? '';
  const licenceOf = new Map(parts.map(({ folder, licence }) => [folder, licence]));
  const all = folders.map((folder): SbomPart => {
    const { resolved, integrity, dependencies, peerDependencies } = packages[folder] ?? {};
    const needs = Object.keys({ ...peerDependencies, ...dependencies }).flatMap((name) => found(folder, name) ?? []);
    return {
      name: nameOf(folder),
      version: versionOf(folder),
      licence: licenceOf.get(folder) ?? 'MIT',
      ...(integrity && { integrity }),
      ...(resolved && { resolved }),
      needs: needs.map((each) => `${nameOf(each)}@${versionOf(each)}`),
    };
  });
  // The same version may lie in two folders.
  return [...new Map(all.map((part) => [`${part.name}@${part.version}`, part])).values()];
}

/** All licences as one text, for /usr/share/doc. */
export function licenceText({ parts, texts }: Licences): string {
  const by = Map.groupBy(parts, ({ text }) => text);
  const heading = (of: readonly { name: string; version: string; licence: string }[]): string =>
    of.map(({ name, version, licence }) => [name, version, licence && `(${licence})`].filter(Boolean).join(' ')).join('\n');
  const line = '='.repeat(78);
  return [
    ...texts.map((text, at) => `${heading(by.get(at) ?? [])}\n\n${text}`),
    ...(by.has(-1) ? [`These bring no text of their licence:\n${heading(by.get(-1) ?? [])}`] : []),
  ].map((each) => `${line}\n${each}\n`).join('\n');
} // prettier-ignore
