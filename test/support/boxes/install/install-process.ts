// One installation in a process of its own, to be killed at any moment. argv: a file with the JSON of `InstallJob`.
import { open, readFile } from 'node:fs/promises';
import { trustedKey } from '../../../../main/backend/boxes/image/keys.ts';
import { install } from '../../../../main/backend/boxes/agent/install/install.ts';
import type { PartitionsOf } from '../../../../main/backend/boxes/agent/install/partitions.ts';
import { stickSettingsSchema } from '../../../../main/contract/box/settings.ts';
import type { DiskIdentity } from '../../../../main/contract/box/words.ts';
import { openLab } from './disks.ts';
import type { TestDisk } from './disks.ts';
import { testOrder } from './order.ts';

export interface InstallJob {
  folder: string;
  disks: TestDisk[];
  medium: string;
  publicPem: string;
  disk: DiskIdentity;
  settings: unknown;
  slot: string;
  box: string;
}
const job = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as InstallJob;
const lab = openLab(job.folder, job.disks);
// While somebody holds a device open, closing it elsewhere writes nothing back: only what was synced is on the "disk".
const partitions: PartitionsOf = async (device, layout) => {
  const nodes = await lab.partitions(device, layout);
  const held = [await open(nodes.esp, 'r'), await open(nodes.data, 'r')];
  return {
    ...nodes,
    async close() {
      for (const file of held) await file.close();
      await nodes.close();
    },
  };
};
const { order, parts } = testOrder(
  lab,
  { folder: job.medium, trusted: [trustedKey(job.publicPem, 'test')] },
  { disk: job.disk, settings: stickSettingsSchema.parse(job.settings), slot: job.slot, box: job.box },
);
let told = '';
await install(order, { ...parts, partitions }, ({ steps }) => {
  const running = steps.find(({ state }) => state === 'running')?.title ?? 'done';
  if (running !== told) process.stdout.write(`${running}\n`);
  told = running;
}, new AbortController().signal); // prettier-ignore
