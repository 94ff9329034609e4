import { execa } from 'execa';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { boxPort } from '../../main/contract/box/doors.ts';
import type { BoxActionInput } from '../../main/contract/box/actions.ts';
import { boxActionSchema } from '../../main/contract/box/actions.ts';
import type { BoxState } from '../../main/contract/box/state.ts';
import { freePorts } from '../support/appliance/qemu.ts';
import { openApp } from '../support/boxes/app.ts';
import { helloOf } from '../support/boxes/vm/hello.ts';
import { emptyDisk, labFolder, makeStick } from '../support/boxes/vm/image.ts';
import { BoxVm } from '../support/boxes/vm/machine.ts';
import type { VmDisk, VmSpec } from '../support/boxes/vm/arguments.ts';

/** Milliseconds in which a busy computer gets done what a quiet one does in a minute of emulation. */
const minute = 150_000;
/** Pictures of its screen, for people to look at. */
const pictures = process.env['HEARTH_BOX_PICTURES'];

describe('a box that asks which disk', () => {
  let folder: Awaited<ReturnType<typeof labFolder>>;
  let app: Awaited<ReturnType<typeof openApp>>;
  let vm: BoxVm | undefined;
  let port = 0;
  let disks: VmDisk[];
  let boxId = '';

  const on = async (change: Partial<VmSpec>): Promise<BoxVm> => {
    vm = await BoxVm.start({ firmware: 'secure-boot', disks, memory: 2048, forwards: new Map([[boxPort, port]]), ...change });
    return vm;
  }; // prettier-ignore
  const picture = async (name: string): Promise<void> => {
    if (!pictures || !vm) return;
    await mkdir(pictures, { recursive: true });
    await vm.screenshot(join(pictures, `${name}.png`));
  };
  const act = (id: string, action: BoxActionInput) =>
    app.handlers.act({ id, action: boxActionSchema.parse(action) }, app.context);
  /** What the box said against something; an emulated box may be deaf for a while, which is no answer. */
  const refused = async (ask: () => unknown): Promise<string> => {
    const until = Date.now() + 3 * minute;
    for (;;) {
      let why = 'nothing: it did it';
      try {
        await ask();
      } catch (error) {
        why = String(error);
      }
      if (!/does not answer/.test(why) || Date.now() > until) return why;
      await wait(1000);
    }
  };
  /** The app's view of the box once it is as wanted. */
  const seen = async (id: string, wanted: (state: BoxState) => boolean, ms: number): Promise<BoxState> => {
    const { last } = await app.row(id, (row) => row.state === 'online' && row.last !== undefined && wanted(row.last), ms);
    if (!last) throw new Error('a row without its state');
    return last;
  }; // prettier-ignore
  /** Whether a disk holds anything at all. */
  const written = async ({ path }: VmDisk): Promise<boolean> => {
    const { stdout } = await execa('qemu-img', ['map', '--force-share', '--output=json', path]);
    return stdout.includes('"data": true');
  };
  const disk = (index: number): VmDisk => {
    const found = disks[index];
    if (!found) throw new Error(`no disk ${index}`);
    return found;
  };

  beforeAll(async () => {
    folder = await labFolder();
    app = await openApp();
    [port = 0] = await freePorts(1);
    const empty = (name: string, size: string) => emptyDisk(join(folder.path, name), size);
    disks = [
      { path: await empty('one.qcow2', '21G'), format: 'qcow2', bus: 'virtio', serial: 'SAMETWICE' },
      { path: await empty('other.qcow2', '20G'), format: 'qcow2', bus: 'virtio', serial: 'SAMETWICE' },
      { path: await empty('like-stick.qcow2', '22G'), format: 'qcow2', bus: 'nvme', serial: 'STICK1' },
    ];
  }, minute);
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await vm?.keepLogs(join(process.cwd(), 'test-results', 'box'));
    await vm?.end();
    vm = undefined;
  });
  afterAll(async () => {
    await app?.close();
    await folder?.remove();
  });

  it('under Secure Boot: two disks fit its settings, so the app that wrote its stick is asked, and proves itself by its secret', async () => {
    const enrolment = await app.boxes.enrolments.make({ days: 1 });
    const stick = await makeStick(folder.path, 'stick.img', {
      wishes: { hostName: 'askbox', disk: { rule: 'serial', serial: 'SAMETWICE' } },
      enrolment,
    });
    const box = await on({ stick: stick.path, stickSerial: 'STICK1' });
    await box.line(/hearth: medium \/dev\/sd\w+ slot stick/, 5 * minute);
    await box.line(/hearth: stage=choosing/, 6 * minute);
    await box.line(/hearth: disk=nvme0n1 .*refused=stick-serial/, minute);
    await box.line(/hearth: address=10\.0\.2\.15 port=8443/, 2 * minute);
    await picture('asked');
    expect((await box.shell('dmesg | grep -i "secure boot enabled"')).code).toBe(0);

    const address = `127.0.0.1:${port}`;
    // An emulated box that is just starting its Hearth is slower than an app waits for.
    await helloOf(port, 2 * minute);
    const { id } = await app.handlers.pair({ address }, app.context);
    boxId = id;
    // It was good once.
    expect(await refused(() => app.handlers.pair({ address }, app.context))).toMatch(/secret|paired|stick/i);
    const { disks: listed = [], apps } = await seen(id, ({ stage }) => stage === 'choosing', minute);
    expect(apps).toMatchObject([{ by: 'secret' }]);
    const offered = listed.filter(({ refused }) => !refused).map(({ name, serial, size }) => ({ name, serial, size }));
    expect(offered).toEqual([
      { name: 'vda', serial: 'SAMETWICE', size: 21 * 2 ** 30 },
      { name: 'vdb', serial: 'SAMETWICE', size: 20 * 2 ** 30 },
    ]);
    expect((await box.said()).filter((line) => /^stage=(countdown|installing)/.test(line))).toEqual([]);
    const choose = (size: number, serial: string, confirm: string) =>
      act(id, { do: 'choose-disk', disk: { serial, size }, confirm });
    // A size that no disk has, the stick's twin, and a confirmation that does not fit.
    expect(await refused(() => choose(19 * 2 ** 30, 'SAMETWICE', 'WICE'))).toMatch(/disk/i);
    expect(await refused(() => choose(22 * 2 ** 30, 'STICK1', 'ICK1'))).toMatch(/stick|disk/i);
    expect(await refused(() => choose(20 * 2 ** 30, 'SAMETWICE', 'XXXX'))).toMatch(/letters|serial|confirm/i);
    await choose(20 * 2 ** 30, 'SAMETWICE', 'WICE');
    await box.line(/hearth: stage=installed/, 10 * minute);
    await box.unplugStick();
    await box.off(3 * minute);
    expect([await written(disk(0)), await written(disk(1)), await written(disk(2))]).toEqual([false, true, false]);
  }, 25 * minute); // prettier-ignore

  it('starts from that disk under Secure Boot, still paired, and is nobody’s after a factory reset', async () => {
    const box = await on({});
    await box.line(/hearth: medium \/dev\/vdb1 slot a/, 5 * minute);
    const state = await seen(boxId, ({ stage }) => stage === 'setup', 8 * minute);
    expect(state).toMatchObject({ name: 'askbox', apps: [{ by: 'secret' }], image: { medium: 'disk', slot: 'a' } });
    const before = (await app.row(boxId, () => true)).fingerprint;
    expect((await app.handlers.resetPreview({ id: boxId }, app.context)).apps).toHaveLength(1);
    expect(await refused(() => act(boxId, { do: 'factory-reset', confirm: 'somebox' }))).toMatch(/name/i);
    await act(boxId, { do: 'factory-reset', confirm: state.name });
    const said = await box.line(/hearth: medium[\s\S]*hearth: medium[\s\S]*hearth: address=10\.0\.2\.15 port=8443 code=\d{8} fp=([0-9a-f]{64})/, 10 * minute); // prettier-ignore
    expect(said[1]).not.toBe(before);
    expect(await helloOf(port, 2 * minute)).toMatchObject({ pairing: { paired: false, code: true } });
    // Another key at the address of a box that is known: a hard stop, in words.
    const row = await app.row(boxId, (now) => now.state === 'changed', 3 * minute);
    expect(row.problem?.detail).toMatch(/key|fingerprint/i);
    await picture('after-reset');
  }, 25 * minute); // prettier-ignore

  it('on a computer without UEFI and without a disk that fits: tried without installing, and back', async () => {
    const stick = await makeStick(folder.path, 'try.img', {
      wishes: { hostName: 'trybox', disk: { rule: 'serial', serial: 'NOT-HERE' } },
    });
    const box = await on({ firmware: 'bios', stick: stick.path, disks: [disk(0)] });
    await box.line(/hearth: medium \/dev\/sd\w+ slot stick/, 5 * minute);
    await box.line(/hearth: stage=choosing/, 6 * minute);
    const [, code = '', fingerprint = ''] = await box.line(/hearth: address=10\.0\.2\.15 port=8443 code=(\d{8}) fp=([0-9a-f]{64})/, 2 * minute); // prettier-ignore
    await helloOf(port, 2 * minute);
    const { id } = await app.handlers.pair({ address: `127.0.0.1:${port}`, fingerprint, code }, app.context);
    await act(id, { do: 'try' });
    await seen(id, ({ stage }) => stage === 'trying', 2 * minute);
    await picture('trying');
    await act(id, { do: 'back-to-install' });
    await seen(id, ({ stage }) => stage === 'choosing', 2 * minute);
    expect(await written(disk(0))).toBe(false);
  }, 20 * minute); // prettier-ignore
});
