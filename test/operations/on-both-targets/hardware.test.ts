import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pick, pickList, pickText } from '../../../main/backend/target/pick.ts';
import type { Hardware } from '../../../main/contract/hardware.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
const MiB = 2 ** 20;
const shows = (lab: OperationsLab, name: string, check: (hardware: Hardware) => boolean) =>
  until(lab.api.hardware.watch(ref(name)), check);
const disk = (hardware: Hardware, name: string) => hardware.disks.find((each) => each.name === name);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-hardware-'));
  writeFileSync(join(folder, 'disc.iso'), Buffer.alloc(MiB, 3));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeTargets(
  'hardware',
  (lab) => {
    test('CPUs and memory: planned, changed live within what the start left room for, else with the reason', async () => {
      expect([lab.can('liveCpu'), lab.can('liveMemory')]).toEqual([true, true]);
      await lab.create(
        blank('sized', { size: { type: 'free', sockets: 1, cores: 2, threads: 1, memory: 1024 * MiB } }),
      );
      const off = await lab.api.hardware.planResize({ ...ref('sized'), sockets: 2, memory: 1024 * MiB });
      expect(off).toEqual([{ what: 'sockets', from: '1', to: '2', when: 'now' }]);
      await lab.api.machines.act({ ...ref('sized'), action: 'start' });
      const { size } = await shows(lab, 'sized', (each) => (each.size.most?.memory ?? 0) > 1024 * MiB);
      expect(size.most).toEqual({ sockets: 4, memory: 4096 * MiB });
      const plan = await lab.api.hardware.planResize({ ...ref('sized'), sockets: 9, cores: 3, memory: 1536 * MiB });
      expect(plan.map(({ what, when, why }) => [what, when, why !== undefined])).toEqual([['sockets', 'restart', true], ['cores', 'restart', true], ['memory', 'restart', true]]); // prettier-ignore
      const now = await lab.api.hardware.resize({ ...ref('sized'), sockets: 3, memory: 1536 * MiB });
      expect(now.map(({ what, when }) => [what, when])).toEqual([
        ['sockets', 'now'],
        ['memory', 'now'],
      ]);
      const after = await shows(lab, 'sized', (each) => each.size.running?.sockets === 3);
      expect(after.restartRequired).toBeUndefined();
      await lab.api.hardware.resize({ ...ref('sized'), sockets: 2 });
      const less = await shows(lab, 'sized', (each) => each.restartRequired !== undefined);
      expect(less.restartRequired).toBe('Reduction of CPU socket count requires a restart');
      expect(less.pending).toContainEqual(expect.objectContaining({ what: 'sockets', from: '3', to: '2', when: 'restart' })); // prettier-ignore
      await lab.api.hardware.resize({ ...ref('sized'), sockets: 3 });
      await shows(lab, 'sized', (each) => each.restartRequired === undefined);
      await lab.api.hardware.resize({ ...ref('sized'), cores: 1 });
      const fixed = await shows(lab, 'sized', (each) => each.restartRequired !== undefined);
      expect(fixed.restartRequired).toBe('a non-live-updatable field was changed in the template spec');
      await lab.api.machines.act({ ...ref('sized'), action: 'forceRestart' });
      const again = await shows(lab, 'sized', (each) => each.size.running?.cores === 1 && each.restartRequired === undefined); // prettier-ignore
      expect(again.size.running).toMatchObject({ sockets: 3, cores: 1 });
    });

    test('disks come to the running machine, grow and go; what is kept is kept, what is deleted is gone', async () => {
      await lab.api.hardware.attach({ ...ref('sized'), disk: 'data', source: { type: 'blank', size: 32 * MiB } });
      const there = await shows(lab, 'sized', (each) => disk(each, 'data')?.phase === 'Ready');
      const claim = disk(there, 'data')?.claim ?? '';
      expect(disk(there, 'data')).toMatchObject({ attached: true, hotpluggable: true, bus: 'scsi' });
      expect((await problemOf(lab.api.hardware.attach({ ...ref('sized'), disk: 'data', source: { type: 'blank', size: 32 * MiB } }))).detail).toMatch(/already exists/); // prettier-ignore
      expect((await problemOf(lab.api.hardware.grow({ ...ref('sized'), claim, size: 16 * MiB }))).code).toBe('disk-not-smaller'); // prettier-ignore
      await lab.api.hardware.grow({ ...ref('sized'), claim, size: 64 * MiB });
      await shows(lab, 'sized', (each) => disk(each, 'data')?.capacity === 64 * MiB && disk(each, 'data')?.growing === undefined); // prettier-ignore
      expect(await lab.api.hardware.detach({ ...ref('sized'), disk: 'data' })).toEqual({ when: 'now' });
      await shows(lab, 'sized', (each) => disk(each, 'data') === undefined);
      const { disks } = await lab.api.hardware.choices(ref('sized'));
      expect(disks.find(({ name }) => name === claim)).toEqual({ name: claim, namespace: 'default', displayName: claim, size: 64 * MiB }); // prettier-ignore
      await lab.api.hardware.attach({ ...ref('sized'), disk: 'back', source: { type: 'existing', claim } });
      await shows(lab, 'sized', (each) => disk(each, 'back')?.phase === 'Ready');
      await lab.api.hardware.detach({ ...ref('sized'), disk: 'back', deleteDisk: true });
      const { entries } = await until(lab.api.bin.watch({}), (view) => view.entries.some(({ name }) => name === claim));
      const id = entries.find(({ name }) => name === claim)?.id ?? '';
      expect((await problemOf(lab.api.hardware.attach({ ...ref('sized'), disk: 'again', source: { type: 'existing', claim } }))).code).toBe('disk-in-bin'); // prettier-ignore
      await lab.api.bin.purge({ id, namespace: 'default' });
      await expect.poll(() => lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', claim).catch((error: unknown) => String(error))).toContain('404'); // prettier-ignore
      await lab.api.machines.act({ ...ref('sized'), action: 'forceStop' });
      await lab.machine('sized', ({ row, vmi }) => row.status === 'Stopped' && !vmi);
    });

    test('discs go into a drive and out of it; the order of disks and what boots is as asked', async () => {
      const { taskId, image } = await lab.api.images.addFromFile({ path: join(folder, 'disc.iso'), name: 'disc', mode: 'copy' }); // prettier-ignore
      await lab.done(taskId);
      expect(await lab.api.hardware.addDrive({ ...ref('sized'), disk: 'cd' })).toEqual({ when: 'now' });
      await lab.api.hardware.order({ ...ref('sized'), disks: [{ name: 'cd', boot: true }, { name: 'root', boot: true }] }); // prettier-ignore
      await lab.api.hardware.changeDisk({ ...ref('sized'), disk: 'root', bus: 'sata', cache: 'writeback' });
      const off = await shows(lab, 'sized', (each) => disk(each, 'root')?.bus === 'sata');
      expect(off.disks.map(({ name, bootOrder, cache }) => [name, bootOrder, cache])).toEqual([['cd', 1, undefined], ['root', 2, 'writeback']]); // prettier-ignore
      await lab.api.machines.act({ ...ref('sized'), action: 'start' });
      await lab.machine('sized', ({ row }) => row.status === 'Running');
      expect(await lab.api.hardware.insert({ ...ref('sized'), disk: 'cd', image })).toEqual({ when: 'now' });
      const inside = await shows(lab, 'sized', (each) => disk(each, 'cd')?.phase === 'Ready');
      const copy = disk(inside, 'cd')?.claim ?? '';
      expect(inside.restartRequired).toBeUndefined();
      expect((await problemOf(lab.api.hardware.insert({ ...ref('sized'), disk: 'root', image }))).code).toBe('not-a-drive'); // prettier-ignore
      expect(await lab.api.hardware.eject({ ...ref('sized'), disk: 'cd' })).toEqual({ when: 'now' });
      await shows(lab, 'sized', (each) => disk(each, 'cd')?.claim === undefined);
      await expect.poll(() => lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', copy).catch((error: unknown) => String(error)), { timeout: 10_000 }).toContain('404'); // prettier-ignore
      expect((await problemOf(lab.api.hardware.eject({ ...ref('sized'), disk: 'cd' }))).code).toBe('drive-empty');
      await lab.api.machines.act({ ...ref('sized'), action: 'forceStop' });
      await lab.machine('sized', ({ row }) => row.status === 'Stopped');
      await lab.remove('sized');
    });
  },
  { cluster: 'two-nodes-rwx' },
);

describeTargets(
  'hardware of one node, in trouble',
  (lab) => {
    const addVolume = /^PUT .*\/addvolume$/;
    const made = () => lab.cluster.objects('cdi.kubevirt.io', 'datavolumes', 'default').map(({ metadata }) => metadata.name); // prettier-ignore
    test('what one node cannot do is planned as a restart with the target’s reason, and is one', async () => {
      await lab.create(blank('staged', { start: true }));
      await lab.machine('staged', ({ row }) => row.status === 'Running');
      const planned = await lab.api.hardware.resize({ ...ref('staged'), sockets: 2, memory: 2048 * MiB });
      expect(planned.map(({ when, why }) => [when, why])).toEqual(planned.map(() => ['restart', expect.stringMatching(/rollout strategy is Stage/)])); // prettier-ignore
      const { pending, restartRequired } = await shows(lab, 'staged', (each) => each.restartRequired !== undefined);
      expect(restartRequired).toBe('a non-live-updatable field was changed in the template spec');
      expect(pending.map(({ what, when }) => [what, when])).toEqual([
        ['sockets', 'restart'],
        ['memory', 'restart'],
      ]);
    });
    test('a storage class that does not let disks grow is told with what to do', async () => {
      const problem = await problemOf(
        lab.api.hardware.grow({ ...ref('staged'), claim: 'staged-root', size: 128 * MiB }),
      );
      expect([problem.code, problem.detail.length > 10, (problem.fix ?? '').length > 10]).toEqual(['target-cannot', true, true]); // prettier-ignore
    });
    test('refused at the first look: no disk is made; refused at the second: it is taken away again', async () => {
      lab.cluster.troubles.next(addVolume, trouble.plain500('error dialing backend: EOF'));
      const attach = () => lab.api.hardware.attach({ ...ref('staged'), disk: 'extra', source: { type: 'blank', size: 32 * MiB } }); // prettier-ignore
      expect((await problemOf(attach())).detail).toBe('error dialing backend: EOF');
      expect(made()).toEqual(['staged-root']);
      let calls = 0;
      lab.cluster.troubles.next(({ method, path }) => method === 'PUT' && path.endsWith('/addvolume') && ++calls === 2, trouble.webhookTimeout); // prettier-ignore
      expect((await problemOf(attach())).code).toBe('target-checks-away');
      expect(made()).toEqual(['staged-root']);
      lab.cluster.troubles.next(addVolume, trouble.webhookDown);
      await attach();
      await shows(lab, 'staged', (each) => disk(each, 'extra')?.phase === 'Ready');
    });
    test('an answer that got lost takes no disk away that the machine has by now', async () => {
      let calls = 0;
      lab.cluster.troubles.next(({ method, path }) => method === 'PUT' && path.endsWith('/addvolume') && ++calls === 2, trouble.loseAnswer); // prettier-ignore
      const problem = await problemOf(lab.api.hardware.attach({ ...ref('staged'), disk: 'echo', source: { type: 'blank', size: 32 * MiB } })); // prettier-ignore
      expect(problem.code).toBe('target-unreachable');
      const there = await shows(lab, 'staged', (each) => disk(each, 'echo')?.phase === 'Ready');
      expect(made()).toContain(disk(there, 'echo')?.claim);
    });
    test('disks follow the storage: CDI says how they are opened where it knows the class', async () => {
      const [root] = lab.cluster.objects('cdi.kubevirt.io', 'datavolumes', 'default').filter(({ metadata }) => metadata.name?.includes('extra')); // prettier-ignore
      expect(pick(root, 'spec', 'storage', 'accessModes')).toBeUndefined();
    });
    test('many writers: a change of the drive is not lost, and neither is theirs', async () => {
      lab.cluster.troubles.next(/^PUT .*\/virtualmachines\/staged$/, trouble.stale('virtualmachines.kubevirt.io', 'staged'), 2); // prettier-ignore
      const adding = lab.api.hardware.addDrive({ ...ref('staged'), disk: 'cd' });
      lab.cluster.mutate('kubevirt.io', 'virtualmachines', 'default', 'staged', (vm) => Object.assign(vm.metadata, { labels: { ...vm.metadata.labels, theirs: 'yes' } })); // prettier-ignore
      await adding;
      const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', 'staged');
      const names = pickList(vm, 'spec', 'template', 'spec', 'domain', 'devices', 'disks').map((each) => pickText(each, 'name')); // prettier-ignore
      expect([vm.metadata.labels?.['theirs'], names.includes('cd')]).toEqual(['yes', true]);
    });
  },
  { kinds: ['cluster'] },
);
