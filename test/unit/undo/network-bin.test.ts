import { expect, test } from 'vitest';
import { binNetwork, networkIn, restoreNetwork } from '../../../main/backend/bin/network.ts';
import { sweepBin } from '../../../main/backend/bin/sweep.ts';
import { binEntries } from '../../../main/backend/bin/view.ts';
import { networkDefinition } from '../../../main/backend/networks/definition.ts';
import { acting } from '../../../main/backend/target/acting.ts';
import { KubeError } from '../../../main/backend/target/kube-error.ts';
import type { Kind } from '../../../main/backend/target/kinds.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import { silentLog } from '../../support/boxes/silent-log.ts';

/** Secrets and networks in memory; what `refuse` names (VERB kind) is refused with its status. */
function cluster(refuse: Record<string, number> = {}) {
  const objects = new Map<string, KubeObject>();
  let uid = 0;
  const key = (kind: Kind, name: string): string => `${kind.kind} ${name}`;
  const fail = (code: number, reason: string) => new KubeError(code, reason, { code: reason.toLowerCase(), title: reason, detail: `${reason}.` }); // prettier-ignore
  const check = (verb: string, kind: Kind): void => {
    const code = refuse[`${verb} ${kind.kind}`];
    if (code !== undefined) throw fail(code, code === 403 ? 'Forbidden' : 'InternalError');
  };
  const client = {
    async get(kind: Kind, _namespace: string, name: string) {
      const found = objects.get(key(kind, name));
      if (!found) throw fail(404, 'NotFound');
      return found;
    },
    list: async (kind: Kind) => [...objects].filter(([id]) => id.startsWith(`${kind.kind} `)).map(([, object]) => object), // prettier-ignore
    async create(kind: Kind, object: KubeObject) {
      check('create', kind);
      const id = key(kind, object.metadata.name ?? '');
      if (objects.has(id)) throw fail(409, 'AlreadyExists');
      objects.set(id, { ...object, metadata: { ...object.metadata, uid: `uid-${(uid += 1)}` } });
    },
    async delete(kind: Kind, { name }: { name: string }) {
      check('delete', kind);
      if (!objects.delete(key(kind, name))) throw fail(404, 'NotFound');
    },
  };
  const ref = { namespace: 'default', name: 'red' };
  const definition = networkDefinition({ ...ref, subnet: '10.9.0.0/24' });
  objects.set('NetworkAttachmentDefinition red', { ...definition, metadata: { ...definition.metadata, uid: 'net-1' } });
  const names = (): string[] => [...objects.keys()].sort();
  const secret = (): KubeObject => objects.get('Secret hearth-bin-net-1')!;
  return { target: { client } as unknown as OpenTarget, refuse, ref, names, secret };
}
const problemOf = (work: Promise<unknown>) => work.then(() => Promise.reject(new Error('it worked')), asProblem);
const both = ['NetworkAttachmentDefinition red', 'Secret hearth-bin-net-1'];

test('a network is kept with who deleted it, and comes back once', async () => {
  const { target, ref, names, secret } = cluster();
  await acting.run({ sent: () => undefined, who: 'olga' }, () => binNetwork(target, ref));
  expect(names()).toEqual(['Secret hearth-bin-net-1']);
  const [entry] = binEntries({ secrets: [secret()], vms: [], claims: [], dataVolumes: [], networks: [] });
  expect(entry).toMatchObject({ id: 'net-1', kind: 'network', name: 'red', by: 'olga', state: 'kept', held: 0 });
  const kept = networkIn(secret())!;
  expect(await restoreNetwork(target, 'net-1', kept)).toEqual(ref);
  expect(names()).toEqual(['NetworkAttachmentDefinition red']);
  // Cut off before its last write it is done again, and makes no second one.
  expect(await restoreNetwork(target, 'net-1', kept)).toEqual(ref);
});

test('where the target keeps no Secret nothing is deleted, and it is said how to do it for good', async () => {
  const { target, ref, names } = cluster({ 'create Secret': 403 });
  const problem = await problemOf(binNetwork(target, ref));
  expect([problem.code, problem.fix]).toEqual(['bin-refused', expect.stringContaining('kubectl delete network-attachment-definitions -n default red')]); // prettier-ignore
  expect(names()).toEqual(['NetworkAttachmentDefinition red']);
});

test('a deletion that is refused leaves no entry; one that nobody answered is finished later, or taken back', async () => {
  const refused = cluster({ 'delete NetworkAttachmentDefinition': 403 });
  await problemOf(binNetwork(refused.target, refused.ref));
  expect(refused.names()).toEqual(['NetworkAttachmentDefinition red']);

  const away = cluster({ 'delete NetworkAttachmentDefinition': 0 });
  await problemOf(binNetwork(away.target, away.ref));
  expect(away.names()).toEqual(both);
  const present = { metadata: { uid: 'net-1' } } as KubeObject;
  expect(binEntries({ secrets: [away.secret()], vms: [], claims: [], dataVolumes: [], networks: [present] })[0]?.state).toBe('deleting'); // prettier-ignore
  delete away.refuse['delete NetworkAttachmentDefinition'];
  await sweepBin(away.target, new Date(), silentLog);
  expect(away.names()).toEqual(['Secret hearth-bin-net-1']);

  const back = cluster({ 'delete NetworkAttachmentDefinition': 0 });
  await problemOf(binNetwork(back.target, back.ref));
  await restoreNetwork(back.target, 'net-1', networkIn(back.secret())!);
  expect(back.names()).toEqual(['NetworkAttachmentDefinition red']);
});
