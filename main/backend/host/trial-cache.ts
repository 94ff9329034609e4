import { statSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Accelerator, TrialRun } from '../../contract/host.ts';
import { trialRunSchema } from '../../contract/host.ts';
import { offPath } from './off-path.ts';
import { realFiles } from './signals.ts';
import type { HostFiles } from './signals.ts';

const cacheSchema = z.object({
  key: z.string(),
  /** Which file that QEMU was, and its version: while it is the same, nobody has to ask it again. */
  file: z.string().optional(),
  version: z.string().optional(),
  triedAt: z.string(),
  runs: z.array(trialRunSchema),
});
type Cached = z.infer<typeof cacheSchema>;

export const choose = (override: Accelerator | 'auto', runs: readonly TrialRun[]): Accelerator =>
  override === 'auto'
    ? (runs.find((run) => run.accelerator !== 'tcg' && run.verdict === 'pass')?.accelerator ?? 'tcg')
    : override;

/**
 * What machines run with, without its reasons, as a start needs it, from the last trial: no program is run for it. Undefined where
 * it has to be tried first, or QEMU is another file than then.
 */
export async function knownAccelerator(
  override: Accelerator | 'auto',
  cacheFile: string,
  { files = realFiles, binary = nativeQemu() }: { files?: HostFiles; binary?: string | undefined } = {},
): Promise<Accelerator | undefined> {
  if (override !== 'auto') return override;
  const cached = await readAny(cacheFile);
  if (!cached?.version || binary === undefined || cached.file !== identityOf(binary)) return undefined;
  return cached.key === keyOf(files, cached.version) ? choose('auto', cached.runs) : undefined;
}

/** The QEMU for this computer's own processor: the first on the PATH. */
function nativeQemu(): string | undefined {
  const names = [`qemu-system-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`].flatMap((name) => [
    name,
    `${name}.exe`,
  ]);
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const places = [
    ...onPath.flatMap((folder) => names.map((name) => join(folder, name))),
    ...offPath.map(({ folder, name }) => join(folder, name)),
  ];
  return places.find((path) => realFiles.exists(path));
}

/** Words that change with the file: an update writes another one. Empty where there is none. */
export function identityOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? [path, found.ino, found.size, found.mtimeMs].join(' ') : '';
}

/** The same boot, kernel, modules and QEMU give the same result. */
export function keyOf(files: HostFiles, version: string | undefined): string {
  const boot =
    files.read('/proc/sys/kernel/random/boot_id')?.trim() ?? String(Math.round(Date.now() / 1000 - os.uptime()));
  const modules = ['kvm_intel', 'kvm_amd', 'kvm_pvm'].filter((name) => files.exists(`/sys/module/${name}`));
  const device = files.exists('/dev/kvm') ? (files.writable('/dev/kvm') ? 'kvm' : 'kvm-denied') : 'no-kvm';
  return [boot, os.release(), version ?? 'none', device, ...modules].join(' ');
}

/** The trial of before, where it was one of the same. */
export async function readCache(file: string, key: string): Promise<Cached | undefined> {
  const cached = await readAny(file);
  return cached?.key === key ? cached : undefined;
}
async function readAny(file: string): Promise<Cached | undefined> {
  try {
    return cacheSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined; // absent or of another shape: the trial is cheap
  }
}

export async function writeCache(file: string, entry: Cached): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(entry, null, 2), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
