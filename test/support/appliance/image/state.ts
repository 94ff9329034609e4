import { execa } from 'execa';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { access, chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Qemu, freePorts, qemuArguments } from '../qemu.ts';
import { Ssh } from '../ssh.ts';
import type { BuiltImage } from './build.ts';
import { digestOf, recipe } from './recipe.ts';

/** A guest that has booted, frozen: its disks, its memory and the state of its devices. */
export interface SavedGuest {
  readonly image: BuiltImage;
  readonly disk: string;
  readonly spare: string;
  readonly memory: string;
  readonly state: string;
}

const filesOf = (image: BuiltImage, folder: string): SavedGuest => ({
  image,
  disk: join(folder, 'disk.qcow2'),
  spare: join(folder, 'spare.qcow2'),
  memory: join(folder, 'memory'),
  state: join(folder, 'state'),
});

/** Makes an overlay that takes the writes; `base` stays as it is. */
export const overlay = (base: string, path: string) =>
  execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base, path], { timeout: 30_000 });

/** The saved guest of an image; boots it on the first call (about 20 s), takes it from the cache afterwards. */
export async function savedGuest(image: BuiltImage, note: (text: string) => void): Promise<SavedGuest> {
  const { stdout: version } = await execa('qemu-system-x86_64', ['--version'], { timeout: 10_000 });
  const sample = { folder: '', kernel: '', initrd: '', disk: '', spare: '', forwards: new Map(), lan: 0, lanId: 0 };
  const folder = join(image.folder, `state-${digestOf([version, qemuArguments(sample).join(' ')])}`);
  const there = await access(folder).then(() => true, () => false); // prettier-ignore
  if (there) return filesOf(image, folder);
  note('booting the guest and saving its state (once; half a minute)');
  const work = await mkdtemp(join(image.folder, 'saving-'));
  try {
    await freeze(filesOf(image, work));
    await rename(work, folder).catch((error: NodeJS.ErrnoException) => {
      // Somebody else was faster.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return filesOf(image, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function freeze(files: SavedGuest): Promise<void> {
  const run = await mkdtemp(join(tmpdir(), 'hg-'));
  const [ssh = 0, lan = 0] = await freePorts(2);
  await overlay(files.image.disk, files.disk);
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', files.spare, String(recipe.spareSize)], { timeout: 30_000 });
  const qemu = await Qemu.start({
    folder: run, kernel: files.image.kernel, initrd: files.image.initrd, disk: files.disk, spare: files.spare,
    memory: { file: files.memory, shared: true }, forwards: new Map([[22, ssh]]), lan, lanId: 16,
  }); // prettier-ignore
  const shell = new Ssh(run, ssh, files.image.key);
  try {
    await shell.ready(120_000);
    const settled = await shell.run(['systemctl', 'is-system-running', '--wait'], { timeoutMs: 120_000 });
    if (settled.stdout.trim() !== 'running') {
      const failed = await shell.run(['systemctl', '--failed', '--no-legend']);
      throw new Error(`the guest is ${settled.stdout.trim()}: ${failed.stdout}`);
    }
    // Free memory that still holds old pages would be saved with it.
    await shell.run(['sync']);
    await shell.run(['sysctl', '-qw', 'vm.drop_caches=1']);
    await shell.close();
    await qemu.qmp.execute('migrate-set-capabilities', { capabilities: [{ capability: 'x-ignore-shared', state: true }] });
    await qemu.qmp.execute('stop');
    await save(qemu, run, files.state);
    await qemu.qmp.execute('quit');
    await qemu.ended();
    for (const file of [files.disk, files.spare]) await chmod(file, 0o444);
  } finally {
    await shell.close();
    await qemu.kill();
    await rm(run, { recursive: true, force: true });
  }
} // prettier-ignore

/** QEMU writes its state to a socket of ours, we to the file. The memory is in its own file already. */
async function save(qemu: Qemu, run: string, path: string): Promise<void> {
  const server = createServer();
  server.listen(join(run, 'state'));
  await once(server, 'listening');
  const written = once(server, 'connection').then(([socket]) => pipeline(socket as NodeJS.ReadableStream, createWriteStream(path))); // prettier-ignore
  await qemu.qmp.execute('migrate', { uri: `unix:${join(run, 'state')}` });
  for (;;) {
    const { status } = await qemu.qmp.execute<{ status?: string }>('query-migrate');
    if (status === 'completed') break;
    if (status === 'failed' || status === 'cancelled') throw new Error(`the state could not be saved (${status})`);
    await wait(50);
  }
  await written;
  server.close();
}
