import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listDisks } from '../../../../main/backend/boxes/agent/disks/list.ts';
import { createProbe } from '../../../../main/backend/boxes/agent/disks/probe.ts';
import type { InstallOrder, InstallParts } from '../../../../main/backend/boxes/agent/install/work.ts';
import { readSlot, slotBytes, writeSlot } from '../../../../main/backend/boxes/sticks/format/slot.ts';
import { handleTarget } from '../../../../main/backend/boxes/sticks/format/source.ts';
import { stickSettingsSchema } from '../../../../main/contract/box/settings.ts';
import type { StickSettings } from '../../../../main/contract/box/settings.ts';
import type { BoxDisk } from '../../../../main/contract/box/state.ts';
import type { DiskLab } from './disks.ts';
import type { TestMedium } from './medium.ts';

export const installId = '5f'.repeat(16);
export const boxId = 'b0'.repeat(16);
export const secret = 'S'.repeat(43);
export const wifiPassword = 'a very secret pass phrase';

export const testSettings = (): StickSettings =>
  stickSettingsSchema.parse({
    version: 1,
    installId,
    hostName: 'attic',
    network: { wifi: { ssid: 'Home', security: 'wpa-psk', password: wifiPassword } },
    proxy: { http: 'http://user:hunter22@proxy.lan:3128/' },
    enrolment: { secret, expires: '2099-01-01T00:00:00.000Z', app: { name: 'Desk', fingerprint: 'ab'.repeat(32) } },
  });

/** The settings slot of the lab's stick, in a file. */
export async function makeSlot(lab: { folder: string }, settings: StickSettings): Promise<string> {
  const file = join(lab.folder, 'slot');
  await writeFile(file, slotBytes(settings, 64 * 1024));
  return file;
}
export async function readSettings(file: string): Promise<StickSettings> {
  const handle = await open(file, 'r');
  try {
    return stickSettingsSchema.parse(await readSlot(await handleTarget(handle), { offset: 0, size: 64 * 1024 }));
  } finally {
    await handle.close();
  }
}

/** The running box's folder, with what has to go along. */
export async function makeBoxFolder(folder: string): Promise<string> {
  const box = join(folder, 'live/var/lib/hearth/box');
  await mkdir(box, { recursive: true, mode: 0o700 });
  await writeFile(join(box, 'identity.json'), `{"boxId":"${boxId}"}\n`, { mode: 0o600 });
  await writeFile(join(box, 'apps.json'), '[{"name":"Desk"}]\n', { mode: 0o600 });
  return box;
}

export interface TestOrder {
  order: InstallOrder;
  parts: InstallParts;
  list: () => Promise<BoxDisk[]>;
}
/** Everything `install` needs, on the lab's disks. */
export function testOrder(
  lab: DiskLab,
  medium: Pick<TestMedium, 'folder' | 'trusted'>,
  { disk, settings, slot, box }: { disk: InstallOrder['disk']; settings: StickSettings; slot: string; box: string },
): TestOrder {
  const probe = createProbe(lab.run, { devices: lab.devices, sys: '/sys' });
  const target = join(lab.folder, 'target');
  const list = (): Promise<BoxDisk[]> => listDisks(lab.run, { probe, minimum: 100 * 1024 ** 2, medium: medium.folder, ownMounts: [target] }); // prettier-ignore
  return {
    list,
    order: {
      disk,
      reinstall: false,
      medium: medium.folder,
      trusted: medium.trusted,
      checked: false,
      settings,
      box: { boxId, folder: box },
      bootSize: 72 * 1024 ** 2,
      dataRoom: 8 * 1024 ** 2,
    },
    parts: {
      run: lab.run,
      list,
      partitions: lab.partitions,
      devices: lab.devices,
      target,
      async writeSettings(next) {
        const handle = await open(slot, 'r+');
        try {
          await writeSlot(await handleTarget(handle), { offset: 0, size: 64 * 1024 }, next);
        } finally {
          await handle.close();
        }
      },
    },
  };
}
