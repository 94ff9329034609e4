import { expect, test } from 'vitest';
import { pick, pickList, pickText } from '../../../main/backend/target/pick.ts';
import type { Snippet } from '../../../main/contract/cloud-init.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
const long = `#cloud-config\nhostname: seeded\nwrite_files:\n  - path: /etc/motd\n    content: ${'x'.repeat(3000)}\n`;
const short = '#cloud-config\nhostname: seeded\n';
const volumeOf = async (lab: OperationsLab, name: string) => {
  const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', name);
  const volumes = pickList(vm, 'spec', 'template', 'spec', 'volumes');
  return pick(volumes.find((each) => each['cloudInitNoCloud'] !== undefined), 'cloudInitNoCloud');
}; // prettier-ignore
const secretText = async (lab: OperationsLab, name: string, key = 'userdata') =>
  Buffer.from(pickText(await lab.get('v1', 'secrets', name), 'data', key) ?? '', 'base64').toString();
const snippets = async (lab: OperationsLab, shows: (all: readonly Snippet[]) => boolean): Promise<void> => {
  const rows = new Map<string, Snippet>();
  await until(lab.api.cloudInit.snippets({}), (update) => {
    if (update.type === 'snapshot') rows.clear();
    for (const row of update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : []) rows.set(row.id, row);
    if (update.type === 'delta') for (const key of update.removed) rows.delete(key);
    return shows([...rows.values()]);
  });
}; // prettier-ignore

describeTargets('cloud-init', (lab) => {
  test('data over 2 KiB goes into a Secret that belongs to the machine, and is read back', async () => {
    await lab.create(blank('seeded', { cloudInit: { type: 'yaml', userData: long } }));
    const secret = pickText(await volumeOf(lab, 'seeded'), 'secretRef', 'name') ?? '';
    expect(await secretText(lab, secret)).toBe(long);
    const uid = (await lab.get('kubevirt.io/v1', 'virtualmachines', 'seeded')).metadata.uid;
    expect((await lab.get('v1', 'secrets', secret)).metadata.ownerReferences?.map((owner) => owner.uid)).toEqual([uid]);
    const now = await lab.api.cloudInit.read(ref('seeded'));
    expect([now.place, now.userData, now.type, now.secrets]).toEqual(['secret', long, 'cloudInitNoCloud', [secret]]);
    expect((await lab.api.cloudInit.check({ userData: long, namespace: 'default' })).place).toBe('secret');
  });

  test('edited: the Secret has the new text, the network data comes and goes; a stale edit is refused', async () => {
    const { version } = await lab.api.cloudInit.read(ref('seeded'));
    const edited = long.replace('hostname: seeded', 'hostname: renamed');
    const networkData = 'version: 2\nethernets: {}\n';
    await lab.api.cloudInit.write({ ...ref('seeded'), userData: edited, networkData, version });
    const secret = pickText(await volumeOf(lab, 'seeded'), 'secretRef', 'name') ?? '';
    expect([await secretText(lab, secret), await secretText(lab, secret, 'networkdata')]).toEqual([edited, networkData]); // prettier-ignore
    expect(pickText(await volumeOf(lab, 'seeded'), 'networkDataSecretRef', 'name')).toBe(secret);
    const stale = lab.api.cloudInit.write({ ...ref('seeded'), userData: short, networkData: '', version });
    expect((await problemOf(stale)).code).toBe('cloud-init-changed');
    const next = await lab.api.cloudInit.read(ref('seeded'));
    await lab.api.cloudInit.write({ ...ref('seeded'), userData: edited, networkData: '', version: next.version });
    expect(pick(await volumeOf(lab, 'seeded'), 'networkDataSecretRef')).toBeUndefined();
    expect(pick(await lab.get('v1', 'secrets', secret), 'data', 'networkdata')).toBeUndefined();
  });

  test('run again: a new instance id, at the next start where it runs; the machine starts with it', async () => {
    const first = await lab.api.cloudInit.runAgain(ref('seeded'));
    expect(first.restartNeeded).toBe(false);
    await lab.api.machines.act({ ...ref('seeded'), action: 'start' });
    const { vmi } = await lab.machine('seeded', ({ row }) => row.status === 'Running');
    expect(pick(vmi, 'spec', 'domain', 'firmware', 'uuid')).toBe(first.instanceId);
    const second = await lab.api.cloudInit.runAgain(ref('seeded'));
    expect([second.restartNeeded, second.instanceId === first.instanceId]).toEqual([true, false]);
    await lab.api.machines.act({ ...ref('seeded'), action: 'forceStop' });
    await lab.machine('seeded', ({ row }) => row.status === 'Stopped');
    await lab.remove('seeded');
    await lab.create(blank('bare'));
    expect((await problemOf(lab.api.cloudInit.runAgain(ref('bare')))).code).toBe('cloud-init-none');
    await lab.remove('bare');
  });

  test('snippets are kept on the target, changed, and taken away; the built-in ones stay', async () => {
    const mine = { id: 'docker', title: 'Docker', text: '#cloud-config\npackages: [docker.io]\nhostname: ${NAME}\n' };
    await lab.api.cloudInit.saveSnippet({ ...mine, id: 'mine' });
    await snippets(lab, (all) => all.some(({ id, asks }) => id === 'mine' && asks[0]?.name === 'NAME'));
    await lab.api.cloudInit.saveSnippet({ ...mine, id: 'mine', title: 'Containers' });
    await snippets(lab, (all) => all.some(({ id, title }) => id === 'mine' && title === 'Containers'));
    expect((await problemOf(lab.api.cloudInit.saveSnippet({ ...mine, id: 'other', text: 'packages: [' }))).code).toBe('snippet-refused'); // prettier-ignore
    await lab.api.undo.back({ kind: 'snippet', ...(await lab.api.cloudInit.removeSnippet({ id: 'mine' })) });
    await snippets(lab, (all) => all.some(({ id, title, text }) => id === 'mine' && title === 'Containers' && text === mine.text)); // prettier-ignore
    await lab.api.cloudInit.removeSnippet({ id: 'mine' });
    await snippets(lab, (all) => all.length > 0 && !all.some(({ id }) => id === 'mine'));
    expect((await problemOf(lab.api.cloudInit.removeSnippet({ id: 'mine' }))).code).toBe('not-found');
  });
});

describeTargets(
  'cloud-init in trouble',
  (lab) => {
    const secrets = () => lab.cluster.objects('', 'secrets', 'default').map(({ metadata }) => metadata.name);
    test('a machine that is refused leaves no Secret behind', async () => {
      lab.cluster.troubles.next(/^POST .*\/virtualmachines$/, trouble.plain500('http: Handler timeout'), 2);
      const problem = await problemOf(lab.api.machines.create(blank('refused', { cloudInit: { type: 'yaml', userData: long } }))); // prettier-ignore
      expect(problem.detail).toBe('http: Handler timeout');
      expect(secrets()).toEqual([]);
      lab.cluster.troubles.clear();
    });
    test('the Secret cannot be written: the machine still names the old data, and it is all there', async () => {
      await lab.create(blank('safe', { cloudInit: { type: 'yaml', userData: long } }));
      const { version } = await lab.api.cloudInit.read(ref('safe'));
      const write = () =>
        lab.api.cloudInit.write({ ...ref('safe'), userData: `${long}# more\n`, networkData: '', version });
      lab.cluster.troubles.next(/^PUT .*\/secrets\//, trouble.plain500('etcdserver: leader changed'));
      expect((await problemOf(write())).detail).toBe('etcdserver: leader changed');
      lab.cluster.troubles.next(/^PUT .*\/virtualmachines\/safe$/, trouble.webhookTimeout);
      expect((await problemOf(write())).code).toBe('target-checks-away');
      expect((await lab.api.cloudInit.read(ref('safe'))).missing).toBeUndefined();
    });
    test('a Secret that somebody took away is named, not hidden behind an empty text', async () => {
      const secret = pickText(await volumeOf(lab, 'safe'), 'secretRef', 'name') ?? '';
      await lab.kube.request('DELETE', `/api/v1/namespaces/default/secrets/${secret}`);
      expect((await lab.api.cloudInit.read(ref('safe'))).missing).toContain(secret);
    });
    test('snippets: the watch breaks off, and what was saved meanwhile is there', async () => {
      lab.cluster.troubles.next(/^POST .*\/configmaps$/, trouble.tooMany(1));
      const saving = lab.api.cloudInit.saveSnippet({ id: 'late', title: 'Late', text: '#cloud-config\npackages: [git]\n' }); // prettier-ignore
      lab.cluster.dropWatches(true);
      await saving;
      await snippets(lab, (all) => all.some(({ id }) => id === 'late'));
      expect(lab.cluster.objects('', 'configmaps', 'hearth-images').map(({ metadata }) => metadata.name)).toEqual(['snippet-late']); // prettier-ignore
    });
  },
  { kinds: ['cluster'] },
);
