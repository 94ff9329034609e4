import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { blank, describeTargets, problemOf } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
const folder = mkdtempSync(join(tmpdir(), 'hearth-transfer-'));
const file = join(folder, 'web.hearth-vm');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const kube = 'kubevirt.io/v1';
const specOf = async (lab: OperationsLab, name: string) =>
  (await lab.get(kube, 'virtualmachines', name)) as unknown as {
    spec: { template: { spec: { volumes: { name: string; dataVolume?: { name: string } }[]; domain: { devices: { interfaces: { macAddress?: string }[] } } } } };
  }; // prettier-ignore

describeTargets('clones and machine files', (lab) => {
  test('a plan, a clone with its own identity; nothing of the way stays; a cancelled one leaves nothing', async () => {
    await lab.create(blank('web', { description: 'to be carried about' }));
    await lab.machine('web', ({ row }) => row.status === 'Stopped');
    // What the dialog does: it asks again while the target has not told of the disks.
    await expect.poll(async () => (await lab.api.clones.plan(ref('web'))).refused).toBeUndefined();
    const plan = await lab.api.clones.plan(ref('web'));
    expect(plan).toMatchObject({ running: false, name: 'web-2', left: [] });
    expect(plan.disks.map(({ name }) => name)).toEqual(['root']);
    await lab.done((await lab.api.clones.start({ ...ref('web'), newName: 'twin' })).taskId);
    await lab.machine('twin', ({ row }) => row.status === 'Stopped');
    const clones = await lab.kube.request(
      'GET',
      '/apis/clone.kubevirt.io/v1beta1/namespaces/default/virtualmachineclones',
    );
    expect(clones.items).toEqual([]);
    const again = lab.api.clones.start({ ...ref('web'), newName: 'twin' });
    expect((await lab.task((await again).taskId)).problem?.code).toBe('already-exists');
    expect(lab.can('fullClones')).toBe(lab.kind === 'engine');
  });

  test('exported, looked at, imported beside itself', async () => {
    if (lab.kind === 'engine') {
      await lab.done((await lab.api.transfer.export({ ...ref('web'), path: file })).taskId);
      expect(existsSync(`${file}.part`)).toBe(false);
      const left = await lab.kube.request(
        'GET',
        '/apis/export.kubevirt.io/v1/namespaces/default/virtualmachineexports',
      );
      expect(left.items).toEqual([]);
      // Any tar reads it, and what its index says holds.
      execFileSync('tar', ['-xf', file, '-C', folder]);
      const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { files: { name: string; sha256: string }[] }; // prettier-ignore
      expect(index.files.map(({ name }) => name)).toEqual(['manifest.yaml', 'disks/root.qcow2']);
      for (const { name, sha256 } of index.files)
        expect(createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')).toBe(sha256); // prettier-ignore
    }
    const preview = await lab.api.transfer.preview({ source: { path: file } });
    expect(preview).toMatchObject({ name: 'web', freeName: 'web-2', description: 'to be carried about', notes: [] });
    expect(preview.refused).toBeUndefined();
    expect(preview.disks).toMatchObject([{ name: 'root', format: 'qcow2' }]);
    await lab.done((await lab.api.transfer.import({ source: { path: file }, name: 'web-2' })).taskId);
    const { spec } = await specOf(lab, 'web-2');
    expect(spec.template.spec.volumes.find(({ name }) => name === 'root')?.dataVolume?.name).toBe('web-2-root');
    const volume = await lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', 'web-2-root');
    expect(volume.metadata.ownerReferences?.map(({ kind, name }) => [kind, name])).toEqual([
      ['VirtualMachine', 'web-2'],
    ]);
    expect(await lab.api.transfer.unfinished({})).toEqual([]);
    const taken = await lab.task((await lab.api.transfer.import({ source: { path: file }, name: 'web' })).taskId);
    expect(taken.problem?.code).toBe('already-exists');
    for (const { id } of await lab.api.transfer.unfinished({})) await lab.api.transfer.discard({ id });
    await lab.machine('web', ({ row }) => row.status === 'Stopped');
    await expect
      .poll(() => lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', 'web-root').then(() => 'there'))
      .toBe('there');
  });

  test('a changed, cut or hostile file is refused, and nothing of it stays', async () => {
    const bytes = readFileSync(file);
    const variant = (name: string, edit: (copy: Buffer) => Buffer): string => {
      const path = join(folder, name);
      writeFileSync(path, edit(Buffer.from(bytes)));
      return path;
    };
    const codeOf = async (path: string) => (await problemOf(lab.api.transfer.preview({ source: { path } }))).code;
    expect(await codeOf(variant('cut', (copy) => copy.subarray(0, copy.length - 3000)))).toBe('machine-file-damaged');
    expect(await codeOf(variant('lie', (copy) => copy.fill('x', 600, 610)))).toBe('machine-file-damaged');
    expect(await codeOf(variant('junk', () => Buffer.alloc(70_000, 7)))).toBe('machine-file-damaged');
    // One byte inside the disk: only the checksum knows.
    const flipped = variant('flipped', (copy) => {
      const at = copy.indexOf('QFI\u00fb', 0, 'latin1') + 66_000;
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    });
    const ended = await lab.task((await lab.api.transfer.import({ source: { path: flipped }, name: 'bad' })).taskId);
    expect(ended.problem?.code).toBe('machine-file-damaged');
    for (const { id } of await lab.api.transfer.unfinished({})) await lab.api.transfer.discard({ id });
    await expect.poll(() => lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', 'bad-root').catch((error: unknown) => String(error))).toContain('404'); // prettier-ignore
  });
});
