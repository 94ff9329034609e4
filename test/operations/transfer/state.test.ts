import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { blank, describeTargets } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';
import { readNv, writeNv } from '../../support/tpm.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-state-'));
const file = join(folder, 'win.hearth-vm');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ref = (name: string) => ({ namespace: 'default', name });
interface Identity {
  uid: string;
  firmware: unknown;
}
const virtualMachine = async (lab: OperationsLab, name: string): Promise<Identity> => {
  const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', name);
  const { spec } = vm as unknown as { spec: { template: { spec: { domain: { firmware: { uuid?: string } } } } } };
  return { uid: vm.metadata.uid ?? '', firmware: spec.template.spec.domain.firmware.uuid };
};
/** Folder of a machine's TPM and UEFI variables. */
const stateOf = async (lab: OperationsLab, name: string): Promise<string> => {
  const { dataDir } = await lab.api.app.info({});
  return join(dataDir, 'engine', 'machines', (await virtualMachine(lab, name)).uid);
};
const tpmOf = async (lab: OperationsLab, name: string): Promise<string> => join(await stateOf(lab, name), 'tpm');
async function startAndStop(lab: OperationsLab, name: string): Promise<void> {
  await lab.api.machines.act({ ...ref(name), action: 'start' } as Parameters<typeof lab.api.machines.act>[0]);
  await lab.machine(name, ({ row }) => row.tone === 'running');
  await lab.api.machines.act({ ...ref(name), action: 'forceStop' } as Parameters<typeof lab.api.machines.act>[0]);
  await lab.machine(name, ({ row }) => row.status === 'Stopped');
}

describeTargets(
  'a TPM and UEFI variables',
  (lab) => {
    test('survive stop, snapshot, clone and export', async () => {
      const size = { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 256 * 2 ** 20 } as const;
      await lab.create(blank('win', { tpm: 'persistent', firmware: 'uefi', size }));
      await startAndStop(lab, 'win');
      await writeNv(await tpmOf(lab, 'win'), 'hearth');
      await startAndStop(lab, 'win');
      expect(await readNv(await tpmOf(lab, 'win'))).toBe('hearth');

      // A snapshot goes back to what the TPM held then.
      await lab.done((await lab.api.snapshots.take({ ...ref('win'), snapshot: 'before' })).taskId);
      rmSync(await tpmOf(lab, 'win'), { recursive: true });
      await startAndStop(lab, 'win');
      expect(await readNv(await tpmOf(lab, 'win'))).toBeUndefined();
      await lab.done((await lab.api.snapshots.restore({ ...ref('win'), snapshot: 'before' })).taskId);
      expect(await readNv(await tpmOf(lab, 'win'))).toBe('hearth');

      // A clone says before that it has the same, and has a firmware id of its own.
      const plan = await lab.api.clones.plan(ref('win'));
      expect(plan).toMatchObject({ state: 'copied' });
      expect(plan.refused).toBeUndefined();
      await lab.done((await lab.api.clones.start({ ...ref('win'), newName: 'twin' })).taskId);
      await startAndStop(lab, 'twin');
      expect(await readNv(await tpmOf(lab, 'twin'))).toBe('hearth');
      const [mine, its] = [await virtualMachine(lab, 'win'), await virtualMachine(lab, 'twin')];
      expect(its.uid).not.toBe(mine.uid);
      expect(its.firmware ?? its.uid).not.toBe(mine.firmware ?? mine.uid);
      expect(existsSync(join(await stateOf(lab, 'twin'), 'vars.qcow2'))).toBe(true);

      // Through a file: the source is gone when it comes back.
      await lab.done((await lab.api.transfer.export({ ...ref('win'), path: file })).taskId);
      await lab.remove('win');
      const preview = await lab.api.transfer.preview({ source: { path: file } });
      expect(preview.notes).toEqual([]);
      await lab.done((await lab.api.transfer.import({ source: { path: file }, name: 'back' })).taskId);
      await startAndStop(lab, 'back');
      expect(await readNv(await tpmOf(lab, 'back'))).toBe('hearth');
      const events = (await lab.kube.request('GET', '/api/v1/namespaces/default/events')) as unknown as {
        items: { reason: string; involvedObject: { name: string } }[];
      };
      const told = events.items.filter(({ reason }) => reason.startsWith('FirmwareState'));
      expect(told.map(({ reason, involvedObject }) => [reason, involvedObject.name])).toEqual([['FirmwareStateTaken', 'back']]); // prettier-ignore

      // While it runs: from the snapshot that the export takes.
      await lab.api.machines.act({ ...ref('twin'), action: 'start' } as Parameters<typeof lab.api.machines.act>[0]);
      await lab.machine('twin', ({ row }) => row.tone === 'running');
      await lab.done((await lab.api.transfer.export({ ...ref('twin'), path: `${file}-2` })).taskId);
      await lab.done((await lab.api.transfer.import({ source: { path: `${file}-2` }, name: 'third' })).taskId);
      await startAndStop(lab, 'third');
      expect(await readNv(await tpmOf(lab, 'third'))).toBe('hearth');
    });
  },
  { kinds: ['engine'], pages: false },
);
