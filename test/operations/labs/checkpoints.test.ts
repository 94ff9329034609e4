import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCheckpoints } from '../../../main/backend/labs/rewind/checkpoints.ts';
import type { Checkpoints, LabPlace, Taken } from '../../../main/backend/labs/rewind/checkpoints.ts';
import { dataPaths } from '../../../main/backend/paths.ts';
import { openTarget } from '../../../main/backend/target/target.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { temporaryDataDir } from '../../support/hearth.ts';
import { blank, describeTargets } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';
import { silentLog as quietLog } from '../../support/boxes/silent-log.ts';

const namespace = 'lab-try';
const never = new AbortController().signal;

describeTargets('checkpoints of a lab', (lab) => {
  const data = temporaryDataDir();
  let target: OpenTarget;
  let checkpoints: Checkpoints;
  let of: LabPlace;
  beforeAll(async () => {
    const kubeconfig = lab.kind === 'engine' ? lab.backend.kubeconfig : lab.cluster.kubeconfig;
    target = await openTarget({ id: 'here', name: 'Here', kubeconfig, log: quietLog });
    await until(() => target.state.value.state === 'ready');
    checkpoints = createCheckpoints({ paths: dataPaths(data.path), log: quietLog });
    of = { target, lab: 'try' };
    for (const name of ['one', 'two', 'three']) await lab.create(blank(name, { namespace, start: name !== 'three' }));
    for (const name of ['one', 'two']) await runs(lab, name);
    await put(lab, 'configmaps', configMap('kept', 'as it was'));
    await put(lab, 'secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token', namespace }, data: { token: 'b25l' } }); // prettier-ignore
    await put(lab, 'services', service('web', 80));
    // Whoever is beside the lab.
    await put(lab, 'configmaps', { ...configMap('outside', 'mine'), metadata: { name: 'outside', namespace: 'default' } }); // prettier-ignore
    await lab.create(blank('outside'));
  }, 120_000);
  afterAll(() => {
    target.close();
    data.remove();
  });

  test('is taken while the machines go on', async () => {
    const taken = checkpoint(await checkpoints.take(of, 'first'));
    expect(taken.notes).toEqual([]);
    expect(taken.memory).toBe(lab.can('memorySnapshots'));
    expect((await checkpoints.list(of)).map(({ step }) => step)).toEqual(['first']);
    for (const name of ['one', 'two']) await runs(lab, name);
    // They are none of the machine's own: its page does not show them.
    const tree = await firstOf(lab.api.snapshots.watch({ namespace, name: 'one' }));
    expect(tree).toMatchObject({ rows: [], running: true });
  });

  test('everything goes back, what came later is gone, and nothing beside the lab was touched', async () => {
    const before = await outside(lab);
    const was = await objects(lab);
    await lab.api.machines.act({ namespace, name: 'one', action: 'delete', deleteDisks: true, mode: 'now' });
    await lab.create(blank('four', { namespace, start: true }));
    await lab.api.machines.act({ namespace, name: 'three', action: 'start' });
    await change(lab, 'kubevirt.io/v1', 'virtualmachines', 'two', { metadata: { annotations: { note: 'broken', 'hearth.dev/folder': 'x' } }, spec: { runStrategy: 'Halted', template: { metadata: { labels: { tier: 'broken' } } } } }); // prettier-ignore
    await change(lab, 'v1', 'configmaps', 'kept', { data: { text: 'changed' } });
    await change(lab, 'v1', 'services', 'web', { spec: { selector: { app: 'nobody' } } });
    await lab.kube.request('DELETE', path('v1', 'secrets', 'token'));
    await put(lab, 'configmaps', configMap('later', 'new'));
    await put(lab, 'services', service('later', 81));
    const seen: number[] = [];
    expect(await checkpoints.back(of, 'first', never, (done) => seen.push(done))).toEqual([]);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(await objects(lab)).toEqual(was);
    const vms = await list(lab, 'kubevirt.io/v1', 'virtualmachines');
    expect(names(vms)).toEqual(['one', 'three', 'two']);
    for (const name of ['one', 'two']) await runs(lab, name);
    expect(await isOff(lab, 'three')).toBe(true);
    const two = vms.find(({ metadata }) => metadata.name === 'two');
    expect(two?.metadata.annotations).not.toHaveProperty('note');
    expect(two?.spec).toMatchObject({ runStrategy: 'Manual' });
    expect(JSON.stringify(two?.spec?.['template'])).not.toContain('broken');
    expect(await outside(lab)).toEqual(before);
    // What a rewind needs on the way is not left in the lab.
    expect(await list(lab, 'snapshot.kubevirt.io/v1beta1', 'virtualmachinerestores')).toEqual([]);
  });

  test('again, to an earlier and to a later one: later ones go, a machine that was made anew goes too', async () => {
    checkpoint(await checkpoints.take(of, 'second'));
    await change(lab, 'v1', 'configmaps', 'kept', { data: { text: 'third' } });
    checkpoint(await checkpoints.take(of, 'third'));
    await lab.api.machines.act({ namespace, name: 'two', action: 'delete', deleteDisks: true, mode: 'now' });
    await until(async () => (await list(lab, 'kubevirt.io/v1', 'virtualmachines')).length === 2);
    await lab.create(blank('two', { namespace, start: false }));
    await checkpoints.back(of, 'third', never);
    expect(await text(lab, 'kept')).toBe('third');
    await runs(lab, 'two');
    await checkpoints.back(of, 'second', never);
    expect(await text(lab, 'kept')).toBe('as it was');
    for (const name of ['one', 'two']) await runs(lab, name);
    expect((await checkpoints.list(of)).map(({ step }) => step)).toEqual(['first', 'second']);
    const kept = await list(lab, 'snapshot.kubevirt.io/v1beta1', 'virtualmachinesnapshots');
    expect(kept).toHaveLength(6);
    await expect(checkpoints.back(of, 'third', never)).rejects.toMatchObject({ problem: { code: 'no-checkpoint' } });
  });

  test('the same step taken again takes the first one’s place', async () => {
    await change(lab, 'v1', 'configmaps', 'kept', { data: { text: 'anew' } });
    checkpoint(await checkpoints.take(of, 'second'));
    expect((await checkpoints.list(of)).map(({ step }) => step)).toEqual(['first', 'second']);
    await change(lab, 'v1', 'configmaps', 'kept', { data: { text: 'other' } });
    await checkpoints.back(of, 'second', never);
    expect(await text(lab, 'kept')).toBe('anew');
  });

  test('cut off in the middle it is done by the next call, also of another backend', async () => {
    await change(lab, 'v1', 'configmaps', 'kept', { data: { text: 'later' } });
    await lab.create(blank('later', { namespace }));
    for (const cutAt of [0.05, 0.25, 0.6, 0.7]) {
      const cut = new AbortController();
      const next = createCheckpoints({ paths: dataPaths(data.path), log: quietLog });
      const work = next.back(of, 'first', cut.signal, (done) => done >= cutAt && cut.abort());
      await expect(work).rejects.toMatchObject({ name: 'AbortError' });
      expect((await next.list(of)).map(({ step }) => step)).toEqual(['first', 'second']);
    }
    await createCheckpoints({ paths: dataPaths(data.path), log: quietLog }).back(of, 'first', never);
    expect(await text(lab, 'kept')).toBe('as it was');
    expect(names(await list(lab, 'kubevirt.io/v1', 'virtualmachines'))).toEqual(['one', 'three', 'two']); // prettier-ignore
    for (const name of ['one', 'two']) await runs(lab, name);
    expect((await checkpoints.list(of)).map(({ step }) => step)).toEqual(['first']);
  });

  test('one that is cut off while it is taken is none, and is swept away', async () => {
    const cut = new AbortController();
    const work = checkpoints.take(of, 'cut', cut.signal);
    await until(async () => (await list(lab, 'snapshot.kubevirt.io/v1beta1', 'virtualmachinesnapshots')).length > 3);
    cut.abort();
    const ended = await work.then((taken) => 'checkpoint' in taken, (error: Error) => error.name); // prettier-ignore
    // Between the last look and the abort it may have come to its end.
    if (ended === true) await checkpoints.back(of, 'first', never);
    else expect(ended).toBe('AbortError');
    expect((await checkpoints.list(of)).map(({ step }) => step)).toEqual(['first']);
    await until(async () => (await list(lab, 'snapshot.kubevirt.io/v1beta1', 'virtualmachinesnapshots')).length === 3);
  });

  test('a snapshot that is gone is told before anything is changed', async () => {
    checkpoint(await checkpoints.take(of, 'broken'));
    const [last] = (await list(lab, 'snapshot.kubevirt.io/v1beta1', 'virtualmachinesnapshots')).sort((a, b) => time(b).localeCompare(time(a))); // prettier-ignore
    await lab.kube.request('DELETE', path('snapshot.kubevirt.io/v1beta1', 'virtualmachinesnapshots', last?.metadata.name ?? '')); // prettier-ignore
    await change(lab, 'v1', 'configmaps', 'kept', { data: { text: 'stays' } });
    const error: unknown = await checkpoints.back(of, 'broken', never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).problem).toMatchObject({ code: 'checkpoint-lost', kind: 'denied' });
    expect(await text(lab, 'kept')).toBe('stays');
    for (const name of ['one', 'two']) await runs(lab, name);
  });

  test('dropped, nothing of them is left', async () => {
    await checkpoints.drop(of);
    expect(await checkpoints.list(of)).toEqual([]);
    await until(async () => (await list(lab, 'snapshot.kubevirt.io/v1beta1', 'virtualmachinesnapshots')).length === 0);
    await expect(checkpoints.back(of, 'first', never)).rejects.toMatchObject({ problem: { code: 'no-checkpoint' } });
  });
});

describeTargets(
  'checkpoints where no storage takes snapshots',
  (lab) => {
    test('there is none, with the reason and the remedy, and the lab goes on', async () => {
      const data = temporaryDataDir();
      const target = await openTarget({ id: 'bare', name: 'Bare', kubeconfig: lab.cluster.kubeconfig, log: quietLog });
      try {
        await until(() => target.state.value.state === 'ready');
        const checkpoints = createCheckpoints({ paths: dataPaths(data.path), log: quietLog });
        await lab.create(blank('one', { namespace }));
        const taken = await checkpoints.take({ target, lab: 'try' }, 'first');
        const { reason, remedy } = target.state.value.capabilities.find(({ id }) => id === 'snapshots') ?? {};
        expect(taken).toEqual({ noCheckpoint: `This target cannot do that: ${reason} ${remedy}` });
        expect(await checkpoints.list({ target, lab: 'try' })).toEqual([]);
      } finally {
        target.close();
        data.remove();
      }
    });
  },
  { kinds: ['cluster'], cluster: 'k3s-local-path' },
);

function checkpoint(taken: Taken) {
  if ('noCheckpoint' in taken) throw new Error(taken.noCheckpoint);
  return taken.checkpoint;
}
async function until(holds: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  for (const end = Date.now() + ms; !(await holds());) {
    if (Date.now() > end) throw new Error('it did not come to be');
    await delay(30);
  }
}
async function firstOf<T>(items: AsyncIterable<T>): Promise<T> {
  for await (const item of items) return item;
  throw new Error('nothing came');
}
const time = ({ metadata }: KubeObject): string => metadata.annotations?.['hearth.dev/asked-at'] ?? '';
const path = (version: string, plural: string, name = '', space = namespace): string =>
  `/${version.includes('/') ? 'apis' : 'api'}/${version}/namespaces/${space}/${plural}${name && `/${name}`}`;
const put = (lab: OperationsLab, plural: string, object: KubeObject) =>
  lab.kube.request('POST', path(object.apiVersion, plural, '', object.metadata.namespace), object);
const change = (lab: OperationsLab, version: string, plural: string, name: string, patch: object) =>
  lab.kube.request('PATCH', path(version, plural, name), patch, 'application/merge-patch+json');
const list = async (lab: OperationsLab, version: string, plural: string, space = namespace): Promise<KubeObject[]> =>
  ((await lab.kube.request('GET', path(version, plural, '', space))) as unknown as { items: KubeObject[] }).items;
const names = (all: readonly KubeObject[]): string[] =>
  all.map(({ metadata }) => metadata.name ?? '').sort((a, b) => a.localeCompare(b));
const configMap = (name: string, words: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { text: words } }); // prettier-ignore
const service = (name: string, port: number): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector: { app: name }, ports: [{ port }] } }); // prettier-ignore
const text = async (lab: OperationsLab, name: string): Promise<unknown> =>
  ((await lab.get('v1', 'configmaps', name, namespace))['data'] as { text?: string }).text;
const runs = (lab: OperationsLab, name: string): Promise<void> =>
  until(async () => (await list(lab, 'kubevirt.io/v1', 'virtualmachineinstances')).some(({ metadata, status }) => metadata.name === name && status?.['phase'] === 'Running')); // prettier-ignore
const isOff = async (lab: OperationsLab, name: string): Promise<boolean> =>
  !(await list(lab, 'kubevirt.io/v1', 'virtualmachineinstances')).some(({ metadata }) => metadata.name === name);

/** What somebody chose of the lab's simple objects. */
async function objects(lab: OperationsLab): Promise<unknown[]> {
  const all = await Promise.all(['configmaps', 'secrets', 'services'].map((plural) => list(lab, 'v1', plural)));
  return all
    .flat()
    .map(({ metadata: { name, labels, annotations, ownerReferences }, spec, data }) => {
      const { clusterIP: _a, clusterIPs: _b, ...chosen } = spec ?? {};
      return { name, labels, annotations, owners: ownerReferences?.map((owner) => owner.name), spec: chosen, data };
    })
    .sort((a, b) => (a.name ?? '').localeCompare(b.name ?? ''));
}
/** Everything of another namespace, to the version. */
async function outside(lab: OperationsLab): Promise<unknown[]> {
  const [maps, vms, claims] = await Promise.all([
    list(lab, 'v1', 'configmaps', 'default'),
    list(lab, 'kubevirt.io/v1', 'virtualmachines', 'default'),
    list(lab, 'v1', 'persistentvolumeclaims', 'default'),
  ]);
  return [...maps, ...vms, ...claims].map(({ metadata }) => [metadata.name, metadata.uid, metadata.generation]);
}
