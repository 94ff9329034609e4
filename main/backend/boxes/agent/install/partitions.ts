import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '../../../../contract/problem.ts';
import type { Run } from '../disks/lsblk.ts';
import type { DiskLayout, Extent } from './layout.ts';

/** The new partitions as block devices of their own, until `close`. */
export interface OpenPartitions {
  esp: string;
  data: string;
  close(): Promise<void>;
}
export type PartitionsOf = (device: string, layout: DiskLayout) => Promise<OpenPartitions>;

/**
 * Tells the kernel of the new table and waits until it shows exactly these partitions. Problem `partitions-missing` when it
 * goes on with those of before.
 */
export const kernelPartitions =
  (run: Run, sys = '/sys'): PartitionsOf =>
  async (device, { esp, data }) => {
    const name = device.replace(/^\/dev\//, '');
    const node = (number: number): string => (/\d$/.test(name) ? `${name}p${number}` : `${name}${number}`);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await run(['blockdev', '--rereadpt', device], { timeoutMs: 30_000 });
      await run(['udevadm', 'settle', '--timeout=10'], { timeoutMs: 20_000 });
      if ((await shows(sys, node(1), esp)) && (await shows(sys, node(3), data)))
        return { esp: `/dev/${node(1)}`, data: `/dev/${node(3)}`, close: () => Promise.resolve() };
      await sleep(500);
    }
    throw new ProblemError({
      code: 'partitions-missing',
      title: 'The new partitions do not appear',
      detail: `The kernel still shows the partitions that ${device} had before.`,
      cause: 'Something on this computer still uses one of them.',
      fix: 'Start the box from the stick again.',
    });
  };

/** Start and size stand there in sectors of 512 bytes, whatever the disk has. */
async function shows(sys: string, name: string, { start, size }: Extent): Promise<boolean> {
  const read = async (file: string): Promise<number> =>
    Number(await readFile(`${sys}/class/block/${name}/${file}`, 'utf8').catch(() => 'none')) * 512;
  return (await read('start')) === start && (await read('size')) === size;
}
