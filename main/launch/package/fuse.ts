import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fuses } from './desktop-config.ts';
import type { PackContext } from './desktop-config.ts';
import { toolsFolder } from './tools.mjs';

/** @electron/fuses, as far as it is used. */
interface Fuses {
  FuseVersion: { V1: string };
  FuseV1Options: Record<string, number>;
  flipFuses: (binary: string, config: object) => Promise<number>;
  getCurrentFuseWire: (binary: string) => Promise<Record<string, unknown>>;
}

async function library(): Promise<Fuses> {
  const path = createRequire(join(toolsFolder, 'package.json')).resolve('@electron/fuses');
  return (await import(pathToFileURL(path).href)) as Fuses;
}

/** Our names as the library has them: `runAsNode` is `RunAsNode`. */
const wired = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

/** Sets every fuse of a binary as desktop-config.ts names it. Throws when it has one that is not named there. */
export async function flip(binary: string, resetSignature = false): Promise<void> {
  const { flipFuses, FuseV1Options, FuseVersion } = await library();
  const states = Object.entries(fuses).map(([name, on]) => {
    const index = FuseV1Options[wired(name)];
    if (index === undefined) throw new Error(`Electron has no fuse ${name}.`);
    return [index, on] as const;
  });
  await flipFuses(binary, {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: true,
    resetAdHocDarwinSignature: resetSignature,
    ...Object.fromEntries(states),
  });
}

/** The fuses of a binary by our names; undefined for one that is not in it. */
export async function fusesOf(binary: string): Promise<Record<string, boolean | undefined>> {
  const { getCurrentFuseWire, FuseV1Options } = await library();
  const wire = await getCurrentFuseWire(binary);
  const [on, off] = ['1', '0'].map((digit) => digit.codePointAt(0));
  return Object.fromEntries(
    Object.keys(fuses).map((name) => {
      const state = wire[String(FuseV1Options[wired(name)])];
      return [name, state === on ? true : state === off ? false : undefined];
    }),
  );
}

/** Where electron-builder has put the app's program. */
export function programOf({ appOutDir, electronPlatformName, packager }: PackContext): string {
  const name = packager.appInfo.productFilename;
  if (electronPlatformName === 'darwin') return join(appOutDir, `${name}.app`, 'Contents', 'MacOS', name);
  return join(appOutDir, electronPlatformName === 'win32' ? `${name}.exe` : (packager.executableName ?? name));
}

/** electron-builder's hook: before anything is signed. */
export const flipPacked = (context: PackContext): Promise<void> =>
  flip(programOf(context), context.electronPlatformName === 'darwin');
