import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { announced } from '../../../main/backend/target/capabilities/announced.ts';
import { askRights } from '../../../main/backend/target/capabilities/access.ts';
import type { Findings } from '../../../main/backend/target/capabilities/findings.ts';
import { gateOpen } from '../../../main/backend/target/capabilities/gates.ts';
import { capabilityMatrix } from '../../../main/backend/target/capabilities/matrix.ts';
import type { KubeClient } from '../../../main/backend/target/client.ts';
import { KubeError } from '../../../main/backend/target/kube-error.ts';

const object = (kind: string, name: string, rest: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  ...rest,
  metadata: { name, ...(rest['metadata'] as object | undefined) },
});
const kubevirt = (developerConfiguration: object, version = 'v1.9.0', configuration: object = {}): KubeObject =>
  object('KubeVirt', 'kubevirt', {
    spec: { configuration: { developerConfiguration, ...configuration } },
    status: { observedKubeVirtVersion: version },
  });
const shared = object('StorageProfile', 'nfs', {
  status: { claimPropertySets: [{ accessModes: ['ReadWriteOnce', 'ReadWriteMany'], volumeMode: 'Filesystem' }] },
});
const local = object('StorageProfile', 'local-path', {
  status: { claimPropertySets: [{ accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' }] },
});
const found = (change: Partial<Findings>): Findings => ({
  groups: new Map([['', ['v1']], ['kubevirt.io', ['v1']], ['storage.k8s.io', ['v1']]]),
  subresources: new Set(),
  cdiKinds: new Set(),
  storageClasses: [],
  snapshotClasses: [],
  storageProfiles: [shared],
  networks: [],
  nodes: [object('Node', 'one'), object('Node', 'two')],
  virtHandlers: 1,
  rights: new Map(),
  ...change,
}); // prettier-ignore
const one = (id: string, change: Partial<Findings>) => capabilityMatrix(found(change)).find((each) => each.id === id);

describe('moving a running machine', () => {
  it('needs KubeVirt, a second node that takes machines and storage that both reach, and says which is missing', () => {
    expect(one('migration', {})).toEqual({ id: 'migration', supported: true });
    expect(one('migration', { groups: new Map() })?.reason).toMatch(/KubeVirt is not installed/);
    expect(one('migration', { nodes: [object('Node', 'one')] })?.reason).toMatch(/one node/);
    const cordoned = object('Node', 'two', { spec: { unschedulable: true } });
    expect(one('migration', { nodes: [object('Node', 'one'), cordoned] })?.remedy).toMatch(/uncordon/);
    expect(one('migration', { storageProfiles: [local] })).toMatchObject({ supported: false, reason: expect.stringContaining('ReadWriteMany') }); // prettier-ignore
  });
  it('more vCPUs reach a running machine by moving it, unless KubeVirt stages changes', () => {
    expect(one('liveCpu', {})?.supported).toBe(true);
    expect(one('liveCpu', { kubevirt: kubevirt({}, 'v1.9.0', { vmRolloutStrategy: 'Stage' }) })?.reason).toMatch(
      /Stage/,
    );
    expect(one('liveMemory', { nodes: [object('Node', 'one')] })?.reason).toMatch(/second node/);
  });
});

describe('feature gates', () => {
  it('follow KubeVirt: GA, named on, named off, beta (on since 1.9), else closed', () => {
    expect(gateOpen(kubevirt({ disabledFeatureGates: ['VMExport'] }), 'VMExport')).toBe(true);
    expect(gateOpen(kubevirt({}), 'Snapshot')).toBe(true);
    expect(gateOpen(kubevirt({ disabledFeatureGates: ['Snapshot'] }), 'Snapshot')).toBe(false);
    expect(gateOpen(kubevirt({}, 'v1.8.4'), 'Snapshot')).toBe(false);
    expect(gateOpen(kubevirt({ featureGates: ['Snapshot'] }, 'v1.8.4'), 'Snapshot')).toBe(true);
    expect(gateOpen(kubevirt({}), 'HostDevices')).toBe(false);
    expect(gateOpen(undefined, 'HostDevices')).toBeUndefined();
  });
});

describe('what a target says of itself', () => {
  const saying = (text: string): KubeObject => ({
    ...kubevirt({}),
    metadata: { name: 'kubevirt', annotations: { 'hearth.dev/capabilities': text } },
  });
  it('goes before the conclusion, never before the rights of the user', () => {
    const yes = saying('{"memorySnapshots":{"supported":true},"liveCpu":{"supported":true}}');
    expect(one('memorySnapshots', {})?.reason).toMatch(/not its memory/);
    expect(one('memorySnapshots', { kubevirt: yes })).toEqual({ id: 'memorySnapshots', supported: true });
    expect(one('liveCpu', { kubevirt: yes, nodes: [] })?.supported).toBe(true);
    const denied = one('liveCpu', { kubevirt: yes, rights: new Map([['editMachines', false]]) });
    expect(denied?.remedy).toMatch(/patch virtualmachines\.kubevirt\.io in default/);
  });
  it('is passed over when it cannot be read, or gives no reason', () => {
    for (const text of ['no json', '[]', 'null', '{"vtpm":{"supported":false}}', '{"vtpm":7}'])
      expect([text, announced(saying(text)).size]).toEqual([text, 0]);
    expect(announced(undefined).size).toBe(0);
  });
});

describe('rights', () => {
  const client = (rules: unknown, allowed: (attributes: { verb: string; resource: string }) => boolean) => {
    const asked: string[] = [];
    const json = async (_method: string, path: string, spec?: { body?: unknown }) => {
      asked.push(path.split('/').at(-1) ?? '');
      if (path.endsWith('rulesreviews')) {
        if (typeof rules === 'number') throw new KubeError(rules, '', { code: 'x', title: 'x', detail: 'x' });
        return { status: rules };
      }
      const body = spec?.body as { spec: { resourceAttributes: { verb: string; resource: string } } };
      return { status: { allowed: allowed(body.spec.resourceAttributes) } };
    };
    return { asked, client: { json } as unknown as KubeClient };
  };
  const viewer = [
    { verbs: ['get', 'list', 'watch'], apiGroups: ['kubevirt.io', 'cdi.kubevirt.io'], resources: ['*'] },
    {
      verbs: ['get'],
      apiGroups: ['subresources.kubevirt.io'],
      resources: ['virtualmachineinstances/console', '*/vnc'],
    },
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: ['mine'] },
  ];
  it('are read from the rules, where those are complete', async () => {
    const { client: kube, asked } = client({ resourceRules: viewer, incomplete: false }, () => true);
    const held = await askRights(kube);
    expect([held.get('seeMachines'), held.get('createMachines'), held.get('console')]).toEqual([true, false, true]);
    expect([held.get('vnc'), held.get('screenshot'), held.get('readMetrics')]).toEqual([true, false, false]);
    expect(new Set(asked)).toEqual(new Set(['selfsubjectrulesreviews']));
  });
  it('are asked one by one where they are not', async () => {
    const { client: kube } = client({ resourceRules: viewer, incomplete: true }, ({ verb }) => verb === 'create');
    const held = await askRights(kube);
    expect([held.get('seeMachines'), held.get('createMachines'), held.get('deleteMachines')]).toEqual([
      true,
      true,
      false,
    ]);
  });
  it('count where this user has machines, not in the default namespace alone', async () => {
    const editor = { verbs: ['*'], apiGroups: ['kubevirt.io'], resources: ['*'] };
    const json = async (_method: string, _path: string, spec: { body: unknown }): Promise<unknown> => {
      const { namespace } = (spec.body as { spec: { namespace: string } }).spec;
      return { status: { resourceRules: namespace === 'lab' ? [editor] : [], incomplete: false } };
    };
    const kube = { json } as unknown as KubeClient;
    expect((await askRights(kube)).get('editMachines')).toBe(false);
    const held = await askRights(kube, ['lab']);
    expect([held.get('editMachines'), held.get('createImages'), held.get('readMetrics')]).toEqual([true, false, false]);
  });
  it('are left to the target where it has no such API', async () => {
    const { client: kube } = client(404, ({ verb }) => verb === 'create');
    expect((await askRights(kube)).get('createMachines')).toBe(true);
    const broken = client(500, () => true);
    await expect(askRights(broken.client)).rejects.toThrow('x');
  });
});
