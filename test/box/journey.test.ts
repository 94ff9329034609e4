import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { boxPort } from '../../main/contract/box/doors.ts';
import { freePorts } from '../support/appliance/qemu.ts';
import { openApp } from '../support/boxes/app.ts';
import { hello, helloOf } from '../support/boxes/vm/hello.ts';
import { boxImage, emptyDisk, labFolder, makeStick, preciousDisk, trustImages } from '../support/boxes/vm/image.ts';
import { BoxVm } from '../support/boxes/vm/machine.ts';
import type { VmDisk, VmSpec } from '../support/boxes/vm/arguments.ts';
import { readOpenSlot } from '../support/boxes/vm/slot.ts';

/** Milliseconds in which a busy computer gets done what a quiet one does in a minute of emulation. */
const minute = 150_000;
/** Pictures of its screen, for people to look at. */
const pictures = process.env['HEARTH_BOX_PICTURES'];

const digest = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
};

describe('a box from its stick', () => {
  let folder: Awaited<ReturnType<typeof labFolder>>;
  let app: Awaited<ReturnType<typeof openApp>>;
  let vm: BoxVm | undefined;
  let disks: VmDisk[];
  let port = 0;
  let precious = '';
  let stick: { path: string; installId?: string };
  let boxId = '';

  const picture = async (name: string): Promise<void> => {
    if (!pictures || !vm) return;
    await mkdir(pictures, { recursive: true });
    await vm.screenshot(join(pictures, `${name}.png`));
  };
  const on = async (change: Partial<VmSpec>): Promise<BoxVm> => {
    vm = await BoxVm.start({ firmware: 'uefi', disks, memory: 2048, forwards: new Map([[boxPort, port]]), ...change });
    return vm;
  };

  beforeAll(async () => {
    folder = await labFolder();
    app = await openApp();
    [port = 0] = await freePorts(1);
    const target = await emptyDisk(join(folder.path, 'target.qcow2'), '20G');
    const decoy = await preciousDisk(join(folder.path, 'precious.raw'), 300 * 2 ** 20);
    precious = await digest(decoy);
    disks = [
      // A computer without UEFI starts its first disk alone.
      { path: target, format: 'qcow2', bus: 'virtio', serial: 'HLTEST01' },
      { path: decoy, format: 'raw', bus: 'sata', serial: 'PRECIOUS' },
    ];
    stick = await makeStick(folder.path, 'stick.img', {
      wishes: { hostName: 'labbox', disk: { rule: 'serial', serial: 'HLTEST01' } },
    });
  }, 20 * minute);
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await vm?.keepLogs(join(process.cwd(), 'test-results', 'box'));
    await vm?.end();
    vm = undefined;
  });
  afterAll(async () => {
    await app?.close();
    await folder?.remove();
  });

  it('installs itself on the one disk with the serial number of its settings, and touches no other', async () => {
    const box = await on({ stick: stick.path });
    await box.line(/hearth: medium \/dev\/sd\w+ slot stick/, 4 * minute);
    await box.line(/hearth: disk=vda serial=HLTEST01/, 6 * minute);
    await picture('countdown');
    await box.line(/hearth: stage=installing/, 3 * minute);
    await picture('installing');
    await box.line(/hearth: stage=installed/, 6 * minute);
    await picture('installed');
    boxId = (/hearth: box=([0-9a-f]{32})/.exec(await box.serial()) ?? [])[1] ?? '';
    await box.unplugStick();
    await box.off(3 * minute);
    expect(await digest(disks[1]?.path ?? '')).toBe(precious);
    const settings = (await readOpenSlot(stick.path)) as { done?: { boxId: string }; enrolment?: unknown };
    expect(settings.done?.boxId).toBe(boxId);
    expect(settings.enrolment).toBeUndefined();
  }, 20 * minute); // prettier-ignore

  it('starts from that disk under its name, is paired by the eight digits of its screen, and takes an update', async () => {
    const box = await on({});
    await box.line(/hearth: medium \/dev\/vda1 slot a/, 4 * minute);
    await box.line(/hearth: data \/dev\/vda3/, minute);
    const [, code = '', fingerprint = ''] = await box.line(/hearth: address=10\.0\.2\.15 port=8443 code=(\d{8}) fp=([0-9a-f]{64})/, 8 * minute); // prettier-ignore
    await picture('paired-not-yet');
    const answered = await helloOf(port, 2 * minute);
    expect(answered).toMatchObject({ hearth: 'box', boxId, name: 'labbox', stage: 'setup', pairing: { paired: false } });
    expect((await hello(port)).fingerprint).toBe(fingerprint);
    const { id } = await app.handlers.pair({ address: `127.0.0.1:${port}`, fingerprint, code }, app.context);
    const row = await app.row(id, ({ state, last }) => state === 'online' && last !== undefined, 2 * minute);
    expect(row.last).toMatchObject({ boxId, name: 'labbox', image: { medium: 'disk', slot: 'a' } });
    await box.line(/hearth: apps=1/, minute);
    await picture('paired');
    // What is on the disk stays; what is the system cannot be written.
    const looked = await box.shell('findmnt -no FSTYPE /var && findmnt -no FSTYPE / && cat /etc/hostname && ! touch /run/hearth/system/x && systemctl is-active ssh.service; systemctl --failed --no-legend --plain'); // prettier-ignore
    expect(looked.text.split('\n').filter((line) => !/cannot touch/.test(line)).join('\n').trim()).toBe('ext4\noverlay\nlabbox\ninactive'); // prettier-ignore

    // The next version, sent by the app: into the other slot, tried, and kept because it proves healthy.
    const next = await boxImage('0.9.2');
    await trustImages(app.root);
    const { taskId } = await app.handlers.update({ id, image: next.image, anyway: true }, app.context);
    const task = await app.ended(taskId, 20 * minute);
    expect(task.problem).toBeUndefined();
    expect(await box.serial()).toMatch(/hearth: medium \/dev\/vda1 slot b/);
    const updated = await app.row(id, ({ state, last }) => state === 'online' && last?.image.version === '0.9.2', minute);
    expect(updated.last).toMatchObject({ image: { slot: 'b' }, update: { running: '0.9.2', other: { version: '0.9.1', slot: 'a' } } });
    expect((await box.shell('grep -a -E "^(keep|trial)=" /run/hearth/medium/hearth/bootenv')).text.trim()).toBe('keep=b\ntrial=');
    await picture('updated');
  }, 40 * minute); // prettier-ignore

  it(
    'is the same box after the plug was pulled, on a computer without UEFI and in another network',
    async () => {
      const box = await on({ firmware: 'bios', network: 77 });
      await box.line(/hearth: medium \/dev\/vda1 slot b/, 4 * minute);
      const [, fingerprint = ''] = await box.line(/hearth: address=10\.0\.77\.15 port=8443.* fp=([0-9a-f]{64})/, 8 * minute); // prettier-ignore
      expect((await helloOf(port, 2 * minute)).boxId).toBe(boxId);
      expect((await hello(port)).fingerprint).toBe(fingerprint);
      const row = await app.row(boxId, ({ state }) => state === 'online', 2 * minute);
      expect(row.fingerprint).toBe(fingerprint);
      await box.powerButton();
      await box.off(3 * minute);
    },
    20 * minute,
  );

  it(
    'is not installed a second time by the same stick',
    async () => {
      const before = await readFile(disks[0]?.path ?? '');
      const box = await on({ stick: stick.path });
      await box.line(/hearth: disk=vda .*refused=|hearth: stage=(choosing|installed|setup)/, 10 * minute);
      const said = await box.said();
      expect(said.filter((line) => /^stage=(countdown|installing)/.test(line))).toEqual([]);
      await box.cut();
      expect(Buffer.compare(before, await readFile(disks[0]?.path ?? ''))).toBe(0);
    },
    15 * minute,
  );
});
