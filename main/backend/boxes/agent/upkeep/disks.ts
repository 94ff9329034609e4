import { z } from 'zod';
import type { DiskHealth } from '../../../../contract/box/upkeep.ts';
import type { Run } from './parts.ts';
import { parseSmartReport } from './smart-report.ts';
import type { SmartReport } from './smart-report.ts';
import { judgeDisk } from './smart.ts';
import type { DiskName } from './smart.ts';

const text = z.string().nullish().transform((value) => value?.trim() ?? ''); // prettier-ignore
const lsblkSchema = z.object({
  blockdevices: z.array(
    z.object({ name: z.string(), model: text, serial: text, tran: text, type: z.string(), size: z.coerce.number() }),
  ),
});
/** Disks that are no hardware of their own. */
const notReal = /^(?:zram|loop|ram|nbd|fd|sr|dm-|md|rbd|drbd)/;

/** The disks of this computer, by `lsblk`; empty when lsblk says nothing. */
export async function diskNames(run: Run): Promise<DiskName[]> {
  const { stdout } = await run(['lsblk', '-J', '-b', '-d', '-o', 'NAME,MODEL,SERIAL,SIZE,TRAN,TYPE'], {
    timeoutMs: 10_000,
  });
  const found = lsblkSchema.safeParse(jsonOf(stdout)).data?.blockdevices ?? [];
  return found
    .filter(({ name, type, size }) => type === 'disk' && size > 0 && !notReal.test(name))
    .map(({ name, model, serial, tran, size }) => ({
      name,
      model,
      serial,
      size,
      transport: tran || (name.startsWith('nvme') ? 'nvme' : name.startsWith('vd') ? 'virtio' : ''),
    }));
}

/** The health of all disks, asked side by side. A disk that does not answer within 20 s is `unknown`. */
export const diskHealth = async (run: Run): Promise<DiskHealth[]> =>
  Promise.all((await diskNames(run)).map(async (disk) => judgeDisk(disk, await ask(run, disk))));

async function ask(run: Run, disk: DiskName): Promise<SmartReport | undefined> {
  const device = `/dev/${disk.name}`;
  const asked = async (extra: readonly string[]): Promise<SmartReport | undefined> => {
    const { stdout } = await run(['smartctl', '--json', '-a', ...extra, device], { timeoutMs: 20_000, graceMs: 1000 });
    return parseSmartReport(stdout);
  };
  const report = await asked([]);
  // Many USB adapters that smartctl does not know pass SAT commands on.
  const bridge = report?.smartctl.messages.some(({ string }) => /unknown usb bridge|specify device type/i.test(string));
  if (!bridge || disk.transport !== 'usb') return report;
  const second = await asked(['-d', 'sat']);
  return second?.smart_status || second?.ata_smart_attributes ? second : report;
}

function jsonOf(from: string): unknown {
  try {
    return JSON.parse(from) as unknown;
  } catch {
    return undefined;
  }
}
