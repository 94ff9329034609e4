import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TrialRun } from '../../../main/contract/host.ts';
import type { HostFiles } from '../../../main/backend/host/signals.ts';
import { identityOf, keyOf, knownAccelerator, writeCache } from '../../../main/backend/host/trial-cache.ts';

const run = (accelerator: 'kvm' | 'tcg'): TrialRun => ({ accelerator, verdict: 'pass', stages: 'RPLTUFC', ms: 30 });
const bootOf = (id: string): HostFiles => ({
  read: (path) => (path.endsWith('boot_id') ? `${id}\n` : undefined),
  exists: (path) => path === '/dev/kvm',
  list: () => [],
  writable: () => true,
});
const files = bootOf('one');

let folder = '';
let binary = '';
let cacheFile = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-trial-'));
  binary = join(folder, 'qemu-system-x86_64');
  cacheFile = join(folder, 'trial.json');
  // Nothing that could be run: who asks it for its version fails.
  writeFileSync(binary, 'QEMU');
  await writeCache(cacheFile, {
    key: keyOf(files, '9.2.0'),
    file: identityOf(binary),
    version: '9.2.0',
    triedAt: '2026-01-01T00:00:00Z',
    runs: [run('tcg'), run('kvm')],
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what was tried is known without running QEMU', async () => {
  expect(await knownAccelerator('auto', cacheFile, { files, binary })).toBe('kvm');
});
test('what the settings say needs no trial', async () => {
  expect(await knownAccelerator('tcg', join(folder, 'nothing'), { files, binary })).toBe('tcg');
});
test('another QEMU, none, another boot, or a trial of an older Hearth is tried again', async () => {
  expect(await knownAccelerator('auto', cacheFile, { files: bootOf('two'), binary })).toBeUndefined();
  expect(await knownAccelerator('auto', cacheFile, { files, binary: join(folder, 'gone') })).toBeUndefined();
  appendFileSync(binary, ' newer');
  expect(await knownAccelerator('auto', cacheFile, { files, binary })).toBeUndefined();
  await writeCache(cacheFile, { key: keyOf(files, '9.2.0'), triedAt: '2026-01-01T00:00:00Z', runs: [run('tcg')] });
  expect(await knownAccelerator('auto', cacheFile, { files, binary })).toBeUndefined();
});
