import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { smokeDisk, smokeSign } from '../../provisioning/manifests/smoke-disk.ts';
import { rawGuest } from '../support/raw-guest.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-smoke-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the boot sector speaks on the serial port, and again for whoever listens later', async () => {
  const disk = join(folder, 'smoke.img');
  writeFileSync(disk, smokeDisk());
  const guest = await rawGuest(folder, ['-drive', `file=${disk},format=raw,if=virtio`]);
  try {
    for (let times = 0; times < 2; times++)
      expect(await guest.expect(new RegExp(`${smokeSign}\r\n`), 30_000)).toContain(smokeSign);
  } finally {
    await guest.kill();
  }
});
