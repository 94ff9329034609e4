import { open } from 'node:fs/promises';
import { mediumPaths } from '../../../../contract/box/manifest.ts';
import { boxFilePath } from '../disks/box-file.ts';
import type { BoxFile } from '../disks/box-file.ts';
import { clearMarker, identityHash, markerAt } from '../disks/marker.ts';
import { seedFiles } from '../seeds.ts';
import { renderBootenv, renderChoice } from '../upkeep/bootenv.ts';
import { writeBiosBoot } from './boot-bios.ts';
import { createBootPartition } from './boot-partition.ts';
import type { BootPartition } from './boot-partition.ts';
import { fillData } from './data.ts';
import { bytesOf } from './plan.ts';
import { erase, format, writeMarker, writeTable } from './prepare.ts';
import type { Reached } from './problems.ts';
import { wishesOf } from './stick-done.ts';
import type { Held, Work } from './work.ts';

/** Everything that changes the disk, in the order that a power cut at any moment leaves it in a known state. */
export async function installOnto(work: Work, held: Held, reached: (state: Reached) => void): Promise<BoxFile> {
  const { parts, order, steps, signal } = work;
  const { disk, device, layout, file } = held;
  const now = (): string => parts.now().toISOString();
  steps.begin('erase');
  reached('erased');
  await writeMarker(file, { installId: order.settings.installId, disk: identityHash(order.disk), startedAt: now() });
  await erase(parts.run, device, file, disk.size);
  steps.begin('format');
  await writeTable(parts.run, device, layout);
  const partitions = await parts.partitions(device, layout);
  try {
    const dataId = await format(parts.run, partitions, layout);
    const boot = createBootPartition(parts.run, partitions.esp, order.medium, signal);
    await copySystem(work, boot);
    await copyData(work, partitions.data);
    await makeBootable(work, held, boot, dataId);
    steps.begin('finish');
    const { settings, box } = order;
    const note: BoxFile = {
      boxId: box.boxId,
      hostName: settings.hostName,
      installId: settings.installId,
      version: work.version,
      installedAt: now(),
    };
    // Too late to be stopped: half of this would be an installed box that says it is none.
    const last = createBootPartition(parts.run, partitions.esp, order.medium, new AbortController().signal);
    await last.text(boxFilePath, `${JSON.stringify(note, undefined, 2)}\n`);
    await last.settle();
    reached('installed');
    await clearMarker(device);
    return note;
  } finally {
    await partitions.close();
  }
}

async function copySystem({ plan, manifest, steps }: Work, boot: BootPartition): Promise<void> {
  steps.begin('system');
  const total = bytesOf(plan.system);
  let done = 0;
  const count = (bytes: number): void => steps.at((done += bytes), total);
  await boot.copy(plan.system, count);
  await boot.text(`/${mediumPaths.slotA}/manifest.json`, manifest.text);
  await boot.text(`/${mediumPaths.slotA}/manifest.sig`, manifest.signature);
  steps.begin('compare');
  done = 0;
  await boot.settle(count);
}

async function copyData({ parts, order, plan, steps, signal }: Work, device: string): Promise<void> {
  steps.begin('data');
  const { enrolment } = order.settings;
  await fillData(
    { run: parts.run, device, target: parts.target },
    {
      medium: order.medium,
      box: order.box.folder,
      bundle: plan.bundle,
      seeds: seedFiles({ wishes: wishesOf(order.settings), ...(enrolment && { enrolment }) }),
    },
    (done, total) => steps.at(done, total),
    signal,
  );
}

/** The menu first, then what the firmware looks for: until that is there nothing of the disk is started. */
async function makeBootable({ plan, bios, steps }: Work, { device, layout }: Held, boot: BootPartition, dataId: string): Promise<void> {
  steps.begin('boot');
  await boot.text(`/${mediumPaths.bootenv}`, renderChoice({ keep: 'a', tried: false }));
  await boot.text(`/${mediumPaths.diskenv}`, renderBootenv([['data', dataId]]));
  await boot.copy(plan.boot, () => undefined);
  await boot.settle();
  // Sectors of 4 KiB cannot be started from without UEFI.
  if (!bios || layout.sector !== 512) return;
  const file = await open(device, 'r+');
  try {
    await writeBiosBoot(file, bios, { start: layout.bios.start, room: markerAt - layout.bios.start });
  } finally {
    await file.close();
  }
} // prettier-ignore
