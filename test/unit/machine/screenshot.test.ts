import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { screenshot } from '../../../main/embedded/machine/console/screen.ts';
import type { Qmp } from '../../../main/embedded/machine/qemu/qmp.ts';

it('gives everybody who asks at once a picture of their own, and goes on after one that failed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-screenshot-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  let count = 0;
  const qmp = {
    async execute(_command: string, { filename }: { filename: string }) {
      const mine = (count += 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (mine === 2) throw new Error('no screen');
      await writeFile(filename, `picture ${mine}`);
    },
  } as unknown as Qmp;
  const path = join(folder, 'a.png');
  const all = await Promise.allSettled([1, 2, 3].map(() => screenshot(qmp, path)));
  expect(all.map((each) => (each.status === 'fulfilled' ? each.value.toString() : 'failed'))).toEqual(['picture 1', 'failed', 'picture 3']); // prettier-ignore
});
