import { execa } from 'execa';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStick } from '../../main/backend/boxes/sticks/format/slot.ts';
import { handleTarget } from '../../main/backend/boxes/sticks/format/source.ts';
import { emptyDisk, flipByte, labFolder, makeStick } from '../support/boxes/vm/image.ts';
import { BoxVm } from '../support/boxes/vm/machine.ts';
import type { Firmware, VmDisk } from '../support/boxes/vm/arguments.ts';

/** Milliseconds in which a busy computer gets done what a quiet one does in a minute of emulation. */
const minute = 150_000;
const fatAt = 2 ** 20;

describe('what is refused before anything is erased', () => {
  let folder: Awaited<ReturnType<typeof labFolder>>;
  let vm: BoxVm | undefined;
  const on = async (firmware: Firmware, stick: string, disks: readonly VmDisk[] = []): Promise<BoxVm> => {
    vm = await BoxVm.start({ firmware, stick, disks, memory: 2048, forwards: new Map() });
    return vm;
  };
  beforeAll(async () => {
    folder = await labFolder();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await vm?.keepLogs(join(process.cwd(), 'test-results', 'box'));
    await vm?.end();
    vm = undefined;
  });
  afterAll(() => folder?.remove());

  it(
    'a kernel without its signature is not started under Secure Boot',
    async () => {
      const { path } = await makeStick(folder.path, 'unsigned.img');
      const fat = `${path}@@${fatAt}`;
      const kernel = join(folder.path, 'vmlinuz');
      const env = { MTOOLS_SKIP_CHECK: '1' };
      await execa('mcopy', ['-n', '-i', fat, '::/hearth/live/vmlinuz', kernel], { env });
      await execa('sbattach', ['--remove', kernel]);
      await execa('mcopy', ['-o', '-i', fat, kernel, '::/hearth/live/vmlinuz'], { env });
      const box = await on('secure-boot', path);
      await box.line(/bad shim signature/, 3 * minute);
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      expect(await box.serial()).not.toMatch(/hearth: medium/);
    },
    10 * minute,
  );

  it(
    'a stick that lost one byte is told as damaged, and nothing is erased',
    async () => {
      const target = await emptyDisk(join(folder.path, 'target.qcow2'), '20G');
      const { path } = await makeStick(folder.path, 'damaged.img', { wishes: { disk: { rule: 'single-blank' } } });
      const handle = await open(path, 'r');
      try {
        const { fat } = await openStick(await handleTarget(handle));
        // Its kernel was started already when this is read; the byte is one of the BIOS boot files, which nothing has used.
        const file = await fat.find('/hearth/boot/core-disk.img');
        const [extent] = file ? await fat.extents(file) : [];
        if (!extent) throw new Error('no core-disk.img on the stick');
        await flipByte(path, extent.offset + 70_000);
      } finally {
        await handle.close();
      }
      const box = await on('uefi', path, [{ path: target, format: 'qcow2', bus: 'nvme', serial: 'BLANK1' }]);
      await box.line(/hearth: problem=image-damaged .*core-disk\.img/, 10 * minute);
      const said = await box.said();
      expect(said.filter((line) => /^stage=(countdown|installing|choosing)/.test(line))).toEqual([]);
      const { stdout } = await execa('qemu-img', ['map', '--output=json', target]).catch(() => ({ stdout: '' }));
      expect(stdout).not.toContain('"data": true');
    },
    20 * minute,
  );
});
