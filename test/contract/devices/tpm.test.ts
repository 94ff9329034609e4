import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { virtualMachineInstances, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { machineFiles } from '../../../main/embedded/machine/files.ts';
import type { MachineFiles } from '../../../main/embedded/machine/files.ts';
import { leftRecords } from '../../../main/embedded/machine/qemu/adopt.ts';
import { processFacts, signal } from '../../../main/embedded/machine/qemu/process.ts';
import { endStrayTpms, startTpm, tpmProcess } from '../../../main/embedded/machine/tpm/tpm.ts';
import { MachineLab } from '../../support/machine-lab.ts';

let lab: MachineLab;
beforeAll(async () => {
  lab = await MachineLab.open();
});
afterAll(() => lab.close());

const filesOf = (name: string): MachineFiles => {
  const uid = lab.vmi(name)?.metadata.uid ?? '';
  return machineFiles(lab.context.paths, uid, lab.vm(name)?.metadata.uid ?? '');
};
const until = async (what: string, holds: () => boolean): Promise<void> => {
  const end = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
const gone = (pid: number) => () => processFacts(pid)?.comm !== 'swtpm';
const start = async (name: string, tpm: object): Promise<number> => {
  lab.createVm(name, { runStrategy: 'Once', devices: { tpm } });
  await lab.until(`${name} runs`, () => lab.phase(name) === 'Running');
  return tpmProcess(filesOf(name)) ?? 0;
};

test('a persistent TPM is made once, runs beside QEMU, and is the same after a restart of the machine', async () => {
  lab.createVm('keeper', { devices: { tpm: { persistent: true } }, spec: { terminationGracePeriodSeconds: 1 } });
  await lab.until('keeper runs', () => lab.phase('keeper') === 'Running');
  const pid = tpmProcess(filesOf('keeper')) ?? 0;
  expect(pid).toBeGreaterThan(1);
  const files = filesOf('keeper');
  const made = readFileSync(join(files.tpmState, 'tpm2-00.permall'));
  expect(made.length).toBeGreaterThan(1000);
  expect(existsSync(join(lab.context.paths.root, 'tpm-authority', 'issuercert.pem'))).toBe(true);

  // Adopted by the next engine: neither process is touched.
  await lab.restartEngine();
  expect(tpmProcess(files)).toBe(pid);
  expect(lab.events.map(({ reason }) => reason)).not.toContain('TpmLost');

  const before = lab.vmi('keeper')?.metadata.uid;
  await lab.call(virtualMachines, 'keeper', 'restart', { gracePeriodSeconds: 0 });
  await lab.until('a new instance runs', () => {
    const vmi = lab.vmi('keeper');
    return vmi !== undefined && vmi.metadata.uid !== before && lab.phase('keeper') === 'Running';
  });
  await until('the old emulator ended', gone(pid));
  expect(tpmProcess(filesOf('keeper'))).not.toBe(pid);
  // Whether it is the same TPM inside is what a guest says (test/operations/devices.test.ts); here: nothing was made anew.
  expect(filesOf('keeper').tpmState).toBe(files.tpmState);
  expect(existsSync(filesOf('keeper').tpmOnce)).toBe(false);

  lab.context.store.delete(virtualMachines, 'default', 'keeper');
  await lab.until('the machine is gone', () => lab.vm('keeper') === undefined && lab.vmi('keeper') === undefined);
  await until('its TPM state is gone', () => !existsSync(files.tpmState));
});

test('QEMU sees it as TPM 2.0 with the CRB interface', async () => {
  await start('seen', {});
  const record = leftRecords(lab.context).find(({ name }) => name === 'seen');
  expect(record?.argv).toContain('tpm-crb,tpmdev=tpmdev0,id=tpm0');
  const files = filesOf('seen');
  expect(existsSync(join(files.tpmOnce, 'tpm2-00.permall'))).toBe(true);
  expect(existsSync(files.tpmState)).toBe(false);
});

test('the emulator ends with a QEMU that is killed', async () => {
  const pid = await start('killed', {});
  signal(lab.pid('killed'), 'SIGKILL');
  await until('it ended', gone(pid));
  expect(tpmProcess(filesOf('killed'))).toBeUndefined();
});

test('an emulator that died under its machine is told of by the next engine', async () => {
  const pid = await start('bereft', { persistent: true });
  signal(pid, 'SIGKILL');
  await until('it ended', gone(pid));
  await lab.restartEngine();
  expect(lab.events).toContainEqual(
    expect.objectContaining({ about: 'VirtualMachineInstance/bereft', reason: 'TpmLost', type: 'Warning' }),
  );
});

test('an emulator whose QEMU never came is ended by the next engine', async () => {
  const files = machineFiles(lab.context.paths, 'ffffffff-0000-4000-8000-000000000000', 'nobody');
  mkdirSync(files.folder, { recursive: true });
  await startTpm(lab.context, files, false);
  const pid = tpmProcess(files) ?? 0;
  expect(pid).toBeGreaterThan(1);
  await endStrayTpms(lab.context.paths.run, new Set());
  expect(gone(pid)()).toBe(true);
  expect(readdirSync(lab.context.paths.run).filter((name) => name.startsWith('ffffffff0000'))).toEqual([]);
});

test('without swtpm the machine says which packages are missing, and starts once they are there', async () => {
  const without = await MachineLab.open({ config: { tpm: () => undefined } });
  try {
    without.createVm('bare', { runStrategy: 'Once', devices: { tpm: {} } });
    await without.until('it failed', () => without.phase('bare') === 'Failed');
    const conditions = without.context.store.get(virtualMachineInstances, 'default', 'bare')?.status?.['conditions'];
    expect(JSON.stringify([conditions, without.events])).toContain('Install the packages swtpm and swtpm-tools');
  } finally {
    await without.close();
  }
});
