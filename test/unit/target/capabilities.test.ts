import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { capabilityMatrix, findOut } from '../../../main/backend/target/capabilities.ts';
import type { Findings } from '../../../main/backend/target/capabilities.ts';
import type { KubeClient } from '../../../main/backend/target/client.ts';
import { KubeError } from '../../../main/backend/target/kube-error.ts';

const node = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
const found = (change: Partial<Findings>): Findings => ({
  groups: new Set(['', 'kubevirt.io', 'storage.k8s.io']),
  subresources: new Set(),
  storageClasses: [],
  nodes: [node('one'), node('two')],
  sharedStorage: true,
  virtHandlers: 1,
  ...change,
});
const migration = (change: Partial<Findings>) => capabilityMatrix(found(change)).find(({ id }) => id === 'migration');

describe('moving a running machine', () => {
  it('needs KubeVirt, a second node and storage that both reach, and says which is missing', () => {
    expect(migration({})).toEqual({ id: 'migration', supported: true });
    expect(migration({ groups: new Set(['']) })?.reason).toMatch(/KubeVirt is not installed/);
    expect(migration({ nodes: [node('one')] })?.reason).toMatch(/one node/);
    expect(migration({ sharedStorage: false })).toMatchObject({ supported: false, reason: expect.stringContaining('ReadWriteMany') }); // prettier-ignore
  });

  const profile = (...accessModes: string[]) => ({
    metadata: { name: 'x' },
    status: { claimPropertySets: [{ accessModes, volumeMode: 'Filesystem' }] },
  });
  it.each([
    ['none, without CDI', 404, false],
    ['none that this user may see', 403, false],
    ['none, with local-path', [profile('ReadWriteOnce')], false],
    ['one of several classes', [profile('ReadWriteOnce'), profile('ReadWriteOnce', 'ReadWriteMany')], true],
  ])('asks the storage profiles of CDI: %s', async (_name, profiles, shared) => {
    const client = {
      json: async (_method: string, path: string) => (path === '/apis' ? { groups: [] } : {}),
      list: async (kind: { plural: string }) => {
        if (kind.plural !== 'storageprofiles') return [];
        if (typeof profiles === 'number') throw new KubeError(profiles, 'x', { code: 'x', title: 'x', detail: 'x' });
        return profiles;
      },
    } as unknown as KubeClient;
    expect((await findOut(client, [])).sharedStorage).toBe(shared);
  });
});
