import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createHost } from '../../main/backend/host/host.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'hearth-host-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const assets = join(import.meta.dirname, '../../assets');

test('the trial runs on this very machine: software mode passes, and what is chosen has passed', async () => {
  const host = createHost({ dataDir, assets, override: () => 'auto' });
  const first = await host.report();
  const tcg = first.accelerator.runs.find((run) => run.accelerator === 'tcg');
  expect(tcg).toMatchObject({ verdict: 'pass', stages: 'RPLTUFC' });
  const chosen = first.accelerator.runs.find((run) => run.accelerator === first.accelerator.chosen);
  expect(chosen?.verdict).toBe('pass');
  expect(first.accelerator.fromCache).toBe(false);
  expect(first.accelerator.evidence).toContain('oftware mode passed in');

  const second = await host.report();
  expect(second.accelerator).toMatchObject({
    fromCache: true,
    runs: first.accelerator.runs,
    triedAt: first.accelerator.triedAt,
  });
  const again = await host.recheck();
  expect(again.accelerator.fromCache).toBe(false);
});

test('a user who knows better overrides it', async () => {
  const report = await createHost({ dataDir, assets, override: () => 'kvm' }).report();
  expect(report.accelerator).toMatchObject({ chosen: 'kvm', chosenBy: 'override' });
});
