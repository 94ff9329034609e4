import { execa } from 'execa';
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { taskDone } from '../../e2e/support/guest.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import { machineFile, manifestOf } from '../../support/machine-file.ts';
import type { Figure } from '../figures.ts';

const MiB = 2 ** 20;
const virtual = 4096 * MiB;
const written = 256 * MiB;
const password = 'correct horse battery';

/** A disk of 4 GiB with 256 MiB of noise on it, as a machine has one and as a bare file. */
async function disk(folder: string): Promise<{ raw: string; file: string }> {
  const [raw, packed, file] = ['disk.img', 'disk.qcow2', 'web.hearth-vm'].map((name) => join(folder, name)) as [string, string, string]; // prettier-ignore
  const out = openSync(raw, 'w', 0o600);
  for (let at = 0; at < written; at += MiB) writeSync(out, randomFillSync(Buffer.alloc(MiB)), 0, MiB, at * (virtual / written)); // prettier-ignore
  closeSync(out);
  await execa('truncate', ['-s', String(virtual), raw]);
  await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, packed]);
  const manifest = manifestOf((it) => (it.disks[0]!.size = virtual));
  writeFileSync(file, machineFile({ manifest, disks: [{ name: 'disks/root.qcow2', data: readFileSync(packed) }] }));
  return { raw, file };
}

/** A machine that is off backed up the first time, again unchanged, and restored; beside restic alone on its disk as a file. */
export async function measure(): Promise<Figure[]> {
  const data = temporaryDataDir();
  const hearth = await startHearth(data.path);
  const folder = join(data.path, 'bench');
  mkdirSync(folder);
  const page = await hearth.page();
  try {
    const { raw, file } = await disk(folder);
    const { api } = page;
    await taskDone(api, (await api.transfer.import({ source: { path: file }, name: 'web' })).taskId);
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const started = performance.now();
      await work();
      return performance.now() - started;
    };
    const { placeId } = await api.backups.addPlace({ name: 'bench', place: { type: 'folder', path: join(folder, 'ours') }, password }); // prettier-ignore
    const run = () => timed(async () => taskDone(api, (await api.backups.run({ placeId })).taskId));
    const ours = [await run(), await run()] as const;
    const [point] = (await api.backups.getPoints({ placeId })).filter(({ kind }) => kind === 'machine');
    const back = await timed(async () => taskDone(api, (await api.backups.restore({ placeId, point: point!.id, name: 'copy', identity: 'new' })).taskId)); // prettier-ignore
    const env = { RESTIC_PASSWORD: password, RESTIC_REPOSITORY: join(folder, 'bare'), RESTIC_CACHE_DIR: join(folder, 'cache') }; // prettier-ignore
    const restic = (...args: string[]) => timed(() => execa('restic', ['--quiet', ...args], { env }));
    await restic('init');
    // Read whole each time, as a disk is that may have been written to.
    const bare = [await restic('backup', '--force', raw), await restic('backup', '--force', raw)] as const;
    const bareBack = await restic('restore', 'latest', '--target', join(folder, 'back'));
    const sizes = await Promise.all(['ours', 'bare'].map(async (name) => Number((await execa('du', ['-sb', join(folder, name)])).stdout.split('\t')[0]) / MiB)); // prettier-ignore
    const note = '4 GiB disk with 256 MiB on it, once';
    const bareName = 'restic on the raw file';
    return [
      { what: 'backup of a machine that is off, the first time', ours: ours[0], bare: bare[0], bareName, unit: 'ms', better: 'lower', note },
      { what: 'the same again, nothing changed', ours: ours[1], bare: bare[1], bareName, unit: 'ms', better: 'lower', note },
      { what: 'restored as a new machine', ours: back, bare: bareBack, bareName: 'restic restore', unit: 'ms', better: 'lower', note },
      { what: 'the place after two backups', ours: sizes[0] ?? 0, bare: sizes[1] ?? 0, bareName, unit: 'MiB', better: 'lower', note },
    ]; // prettier-ignore
  } finally {
    page.close();
    await hearth.stop();
    rmSync(folder, { recursive: true, force: true });
    data.remove();
  }
}
