import { expect, test } from 'vitest';
import { faultsAnnotation } from '../../../main/backend/faults/records.ts';
import { pickList } from '../../../main/backend/target/pick.ts';
import { faultKinds } from '../../../main/contract/faults.ts';
import type { MachineFaults } from '../../../main/contract/faults.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
const faults = (lab: OperationsLab, name: string, shows: (now: MachineFaults) => boolean = () => true): Promise<MachineFaults> =>
  until(lab.api.faults.watch(ref(name)), shows); // prettier-ignore
const annotationOf = async (lab: OperationsLab, name: string): Promise<string | undefined> =>
  (await lab.get('kubevirt.io/v1', 'virtualmachines', name)).metadata.annotations?.[faultsAnnotation];
const stateOf = async (lab: OperationsLab, name: string, nic: string): Promise<unknown> => {
  const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', name);
  return pickList(vm, 'spec', 'template', 'spec', 'domain', 'devices', 'interfaces').find((one) => one['name'] === nic)?.['state']; // prettier-ignore
};
const run = async (lab: OperationsLab, name: string): Promise<void> => {
  await lab.api.machines.act({ ...ref(name), action: 'start' });
  await lab.machine(name, ({ row }) => row.status === 'Running');
};

describeTargets('faults', (lab) => {
  test('of the network are made where the target can, and waited for by a machine that is off', async () => {
    await lab.create(blank('web'));
    const { offers } = await faults(lab, 'web');
    expect(offers.map(({ kind }) => kind)).toEqual(faultKinds);
    const loss = offers.find(({ kind }) => kind === 'loss');
    if (!lab.can('networkFaults')) {
      expect(loss).toMatchObject({ allowed: false, why: expect.stringContaining('Chaos Mesh') });
      const problem = await problemOf(lab.api.faults.begin({ ...ref('web'), wish: { loss: { percent: 20 } } }));
      expect([problem.code, problem.fix?.includes('NetworkChaos')]).toEqual(['target-cannot', true]);
      expect(await annotationOf(lab, 'web')).toBeUndefined();
      return;
    }
    expect(loss).toEqual({ kind: 'loss', allowed: true });
    await lab.api.faults.begin({ ...ref('web'), wish: { loss: { percent: 20 } } });
    await lab.api.faults.begin({ ...ref('web'), wish: { delay: { ms: 50, jitter: 10, interface: 'default' } } });
    const waiting = await faults(lab, 'web', (now) => now.faults.length === 2);
    expect(waiting.faults.map(({ words, waits }) => [words, waits])).toEqual([
      ['20 % of packets to the machine lost', 'It waits until the machine is on.'],
      ['Packets wait 50 ms ± 10 ms each way on default', 'It waits until the machine is on.'],
    ]);
    await run(lab, 'web');
    const held = await faults(lab, 'web', (now) => now.faults.every(({ measured }) => measured !== undefined));
    expect(held.faults.map(({ waits }) => waits)).toEqual([undefined, undefined]);
    expect(held.faults[0]?.measured).toMatch(/^(no packet yet|\d+\.\d % of \d+ packets?)$/);
    // The same kind again takes the first one's place.
    await lab.api.faults.begin({ ...ref('web'), wish: { loss: { percent: 70, way: 'both' } } });
    const more = await faults(lab, 'web', (now) => now.faults.some(({ words }) => words.startsWith('70 %')));
    expect(more.faults.map(({ kind }) => kind)).toEqual(['loss', 'delay']);
    await lab.api.faults.cure({ ...ref('web'), kind: 'loss' });
    expect((await faults(lab, 'web', (now) => now.faults.length === 1)).faults[0]?.kind).toBe('delay');
    await lab.done((await lab.api.faults.cure(ref('web'))).taskId ?? '');
    await faults(lab, 'web', (now) => now.faults.length === 0);
    expect(await annotationOf(lab, 'web')).toBeUndefined();
  });

  test('of a cable pull those that are in, and a cure plugs in no other', async () => {
    await lab.create(blank('cabled'));
    await lab.api.networks.create({ name: 'red', subnet: '10.41.0.0/24' });
    await lab.api.networks.attach({ ...ref('cabled'), network: 'default/red' });
    await lab.api.networks.setLink({ ...ref('cabled'), interface: 'red', up: false });
    await lab.api.faults.begin({ ...ref('cabled'), wish: { link: { down: true } } });
    const { faults: now } = await faults(lab, 'cabled', (each) => each.faults.length === 1);
    expect(now[0]).toMatchObject({ kind: 'link', words: 'Network cable out' });
    expect([await stateOf(lab, 'cabled', 'default'), await stateOf(lab, 'cabled', 'red')]).toEqual(['down', 'down']);
    await lab.api.faults.cure({ ...ref('cabled'), kind: 'link' });
    expect([await stateOf(lab, 'cabled', 'default'), await stateOf(lab, 'cabled', 'red')]).toEqual([undefined, 'down']);
    expect(await annotationOf(lab, 'cabled')).toBeUndefined();
    // Somebody who plugs it in cures it too.
    await lab.api.faults.begin({ ...ref('cabled'), wish: { link: { interface: 'default', down: true } } });
    await lab.api.networks.setLink({ ...ref('cabled'), interface: 'default', up: true });
    await faults(lab, 'cabled', (each) => each.faults.length === 0);
    const twice = await problemOf(lab.api.faults.begin({ ...ref('cabled'), wish: { link: { interface: 'red', down: true } } })); // prettier-ignore
    expect(twice.code).toBe('cable-out-already');
    const none = await problemOf(lab.api.faults.begin({ ...ref('cabled'), wish: { link: { interface: 'green', down: true } } })); // prettier-ignore
    expect([none.code, none.detail.includes('default, red')]).toEqual(['interface-not-found', true]);
  });

  test('in a guest say why there is no way in; on a machine that is off, what cannot wait is refused', async () => {
    await lab.create(blank('shut', { cloudInit: { type: 'yaml', userData: '#cloud-config\nhostname: shut\n' } }));
    const { offers } = await faults(lab, 'shut');
    const why = (kind: string) => offers.find((each) => each.kind === kind)?.why;
    expect(why('disk')).toContain('lets in no key of Hearth');
    expect(why('process')).toBe('The machine is off: nothing runs in it.');
    expect(why('crash')).toBe('The machine is off.');
    const off = async (wish: Parameters<typeof lab.api.faults.begin>[0]['wish']) => (await lab.task((await lab.api.faults.begin({ ...ref('shut'), wish })).taskId ?? '')).problem?.code; // prettier-ignore
    expect(await off({ process: { name: 'httpd' } })).toBe('machine-off');
    expect(await off({ crash: {} })).toBe('machine-off');
    await run(lab, 'shut');
    expect(await off({ disk: { percent: 90 } })).toBe('guest-no-way');
    expect(await annotationOf(lab, 'shut')).toBeUndefined();
    const { offers: on } = await faults(lab, 'shut');
    expect(on.find(({ kind }) => kind === 'crash')).toMatchObject({ allowed: true, whyNoPanic: expect.stringContaining('no way into') }); // prettier-ignore
  });

  test('that cuts the power is there until it is cured, and over when somebody else starts the machine', async () => {
    await lab.create(blank('dead'));
    await run(lab, 'dead');
    const cut = async () =>
      lab.done((await lab.api.faults.begin({ ...ref('dead'), wish: { crash: {} } })).taskId ?? '');
    await cut();
    await lab.machine('dead', ({ row }) => row.status === 'Stopped');
    expect((await faults(lab, 'dead')).faults).toMatchObject([{ kind: 'crash', words: 'Power gone' }]);
    await lab.done((await lab.api.faults.cure({ ...ref('dead'), kind: 'crash' })).taskId ?? '');
    await lab.machine('dead', ({ row }) => row.status === 'Running');
    expect((await faults(lab, 'dead', (now) => now.faults.length === 0)).faults).toEqual([]);
    await cut();
    await lab.machine('dead', ({ row }) => row.status === 'Stopped');
    await run(lab, 'dead');
    await faults(lab, 'dead', (now) => now.faults.length === 0);
  });

  test('are one at a time', async () => {
    const both = { loss: { percent: 1 }, dns: { off: true as const } };
    expect((await problemOf(lab.api.faults.begin({ ...ref('web'), wish: both }))).code).toBe('invalid-input');
    expect((await problemOf(lab.api.faults.begin({ ...ref('web'), wish: {} }))).code).toBe('invalid-input');
  });
});
