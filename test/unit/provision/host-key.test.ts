import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Place as PlaceChoice } from '../../../main/contract/appliance.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { applianceId, openRecords } from '../../../main/backend/provision/record.ts';
import type { KeptPlace } from '../../../main/backend/provision/record.ts';
import { openBench, quiet, settings } from '../../support/provision/stand-ins.ts';
import type { Bench } from '../../support/provision/stand-ins.ts';

let dataDir: string;
let bench: Bench;
let opened: PlaceChoice[];
const signal = new AbortController().signal;
const place = (port: number): KeptPlace => ({
  type: 'ssh', host: 'Attic.lan', port, user: 'ada', hostKey: 'SHA256:old', auth: { by: 'agent' },
}); // prettier-ignore

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hearth-host-key-'));
  const records = await openRecords(join(dataDir, 'appliances'), quiet);
  for (const port of [22, 2222]) {
    const id = applianceId(place(port));
    await records.put({
      version: 1, id, name: id, place: place(port), placeTitle: 'Attic.lan', settings: settings(), versions: {},
      digests: {}, steps: [], state: 'whole', ladder: [], backups: [], stoppedMachines: [], stopped: false, targetId: id,
      createdAt: '2026-11-21T00:00:00.000Z', updatedAt: '2026-11-21T00:00:00.000Z',
    }); // prettier-ignore
  }
  opened = [];
  bench = await openBench({
    dataDir,
    async openPlace(choice) {
      opened.push(choice);
      throw new ProblemError({ code: 'ssh-unreachable', title: 'No answer', detail: 'Nobody is there.' });
    },
  });
});
afterEach(async () => {
  await bench.tasks.close();
  await bench.provision.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The host key with which the place of an appliance is opened. */
async function expectedKey(port: number): Promise<string | undefined> {
  const id = applianceId(place(port));
  await expect(bench.provision.handlers.uninstallPreview({ id }, { signal })).rejects.toThrow('Nobody is there.');
  const last = opened.at(-1);
  if (last?.type !== 'ssh' || last.port !== port) throw new Error('another place was opened');
  return last.hostKey;
}

it('a host key that is forgotten is not asked of its appliance any more, nor after a new start; of others it is', async () => {
  expect(await expectedKey(22)).toBe('SHA256:old');
  await bench.provision.handlers.forgetHostKey({ host: 'attic.LAN', port: 22 }, { signal });
  expect(await expectedKey(22)).toBeUndefined();
  expect(await expectedKey(2222)).toBe('SHA256:old');
  const kept = (await openRecords(join(dataDir, 'appliances'), quiet)).need(applianceId(place(22))).place;
  expect(kept).toMatchObject({ host: 'Attic.lan', user: 'ada' });
  expect(kept).not.toHaveProperty('hostKey');
});
