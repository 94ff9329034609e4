import { describe, expect, test } from 'vitest';
import { clonePlan } from '../../../main/backend/clones/plan.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';

const vm = (statuses: object[], domain: object = {}): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'web', namespace: 'default' },
  spec: { template: { spec: { domain, volumes: [{ name: 'root', dataVolume: { name: 'web-root' } }] } } },
  status: { volumeSnapshotStatuses: statuses },
});
const claim: KubeObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'web-root', namespace: 'default' },
  status: { capacity: { storage: '64Mi' } },
};
const no = (reason: string) => ({ name: 'root', enabled: false, reason });
const plan = (of: KubeObject, claims = [claim]) => clonePlan(of, false, new Set(['web']), claims, false);

describe('what a clone would be', () => {
  test('a disk that can be copied, with its size', () => {
    expect(plan(vm([{ name: 'root', enabled: true }]))).toEqual({
      running: false,
      name: 'web-2',
      disks: [{ name: 'root', size: 64 * 2 ** 20 }],
      left: [],
      cloudInit: false,
    });
  });
  test.each([
    ['nothing was told yet', vm([]), [claim]],
    ['told before the claim was there', vm([no('PVC not found')]), [claim]],
    ['the claim is not there yet', vm([no('No VolumeSnapshotClass: ... [undefined] [root]')]), []],
  ])('not known yet: %s', (_what, of, claims) => {
    expect(plan(of, claims)).toMatchObject({ left: [], refused: { soon: true } });
  });
  test('what never can be copied is said for good', () => {
    const never = plan(vm([no('No VolumeSnapshotClass: Volume snapshots are not configured for this StorageClass [local] [root]')])); // prettier-ignore
    expect(never.left.map(({ name }) => name)).toEqual(['root']);
    expect(never.refused).not.toHaveProperty('soon');
    const kept = vm([{ name: 'root', enabled: true }], { devices: { tpm: { persistent: true } } });
    expect(plan(kept)).toMatchObject({ state: 'lost', refused: { reason: expect.stringContaining('TPM') } });
    const carried = clonePlan(kept, false, new Set(['web']), [claim], true);
    expect([carried.state, carried.refused]).toEqual(['copied', undefined]);
    expect(plan(vm([], { devices: { tpm: { persistent: true } } })).refused).not.toHaveProperty('soon');
  });
});
