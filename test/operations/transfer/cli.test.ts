import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askControl } from '../../../main/backend/control.ts';
import { dataPaths } from '../../../main/backend/paths.ts';
import { blank, describeTargets, problemOf } from '../../support/operations/lab.ts';

const entry = join(import.meta.dirname, '../../../main/cli.ts');
/** The command as a user gives it. `on`: what is done once it said something. */
function hearth(args: string[], on: { pattern?: RegExp; after?: (child: ChildProcess) => void } = {}) {
  return new Promise<{ code: number | null; err: string }>((resolve) => {
    const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    let told = false;
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      if (told || !on.pattern?.test(err)) return;
      told = true;
      on.after?.(child);
    });
    child.once('close', (code) => resolve({ code, err }));
  });
}

describeTargets(
  'hearth export and import',
  (lab) => {
    test('while Hearth is open, without pages as in the app: that one does the work', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'hearth-carry-'));
      const file = join(folder, 'web.hearth-vm');
      const { dataDir } = await lab.api.app.info({});
      const at = ['--data-dir', dataDir];
      try {
        await lab.create(blank('web'));
        await lab.machine('web', ({ row }) => row.status === 'Stopped');
        const out = await hearth(['export', 'web', file, ...at]);
        expect(out).toMatchObject({ code: 0, err: expect.stringContaining('Hearth runs on this data') });
        expect(statSync(file).size).toBeGreaterThan(10_000);
        const back = await hearth(['import', file, '--name', 'again', ...at]);
        expect(back.code).toBe(0);
        await lab.machine('again', ({ row }) => row.status === 'Stopped');
        const taken = await hearth(['import', file, '--name', 'again', ...at]);
        expect(taken).toMatchObject({ code: 1, err: expect.stringContaining('There is something of that name') });
        for (const { id } of await lab.api.transfer.unfinished({})) await lab.api.transfer.discard({ id });
        expect((await problemOf(askControl(dataPaths(dataDir).control, 'sign-in'))).code).toBe('no-pages');
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    test('interrupted, what was begun goes on in the Hearth that runs', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'hearth-carry-'));
      const file = join(folder, 'web.hearth-vm');
      const { dataDir } = await lab.api.app.info({});
      try {
        const out = await hearth(['export', 'web', file, '--data-dir', dataDir], {
          pattern: /Prepare the disks|Write the file/,
          after: (child) => child.kill('SIGINT'),
        });
        // It may have been done before the signal came.
        expect([0, 130]).toContain(out.code);
        await expect.poll(() => statSync(file, { throwIfNoEntry: false })?.size ?? 0).toBeGreaterThan(10_000);
        await expect.poll(() => lab.api.transfer.unfinished({})).toEqual([]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
  { kinds: ['engine'], pages: false },
);
