import type { KubeObject } from '../../../main/contract/kube.ts';
import type { CauseId, Cure, CureAction, WhyChain } from '../../../main/contract/why.ts';
import type { OperationsLab } from './lab.ts';

export const vmPath = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';

/** A machine of 64 MiB with one blank disk; `change` gives it its fault. */
export function faulty(name: string, change: (spec: Template, vm: KubeObject) => void = () => undefined): KubeObject {
  const spec: Template = {
    terminationGracePeriodSeconds: 1,
    domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }], interfaces: [{ name: 'default', masquerade: {} }] } },
    networks: [{ name: 'default', pod: {} }],
    volumes: [{ name: 'root', dataVolume: { name: `${name}-root` } }],
  }; // prettier-ignore
  const vm: KubeObject = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: 'default' },
    spec: {
      runStrategy: 'Always',
      dataVolumeTemplates: [
        {
          metadata: { name: `${name}-root` },
          spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '64Mi' } } } },
        },
      ],
      template: { metadata: { labels: { 'hearth.dev/machine': name } }, spec },
    },
  };
  change(spec, vm);
  return vm;
}
export interface Template {
  terminationGracePeriodSeconds: number;
  domain: { memory: { guest: string }; devices: { disks: object[]; interfaces: object[] } };
  networks: object[];
  volumes: object[];
}
/** The only template of a disk. */
export const templateOf = (vm: KubeObject): { spec: Record<string, unknown> } =>
  (vm.spec as { dataVolumeTemplates: [{ spec: Record<string, unknown> }] }).dataVolumeTemplates[0];

/** Helpers of tests that inject a fault, read the chain and click a cure. */
export const faults = (lab: OperationsLab) => ({
  make: (vm: KubeObject) => lab.kube.request('POST', vmPath, vm),
  /** Waits until the machine's page tells this cause, and what else is asked for. */
  chain: async (name: string, cause: CauseId, shows: (chain: WhyChain) => boolean = () => true): Promise<WhyChain> => {
    let found: WhyChain | undefined;
    await lab.machine(name, ({ why }) => {
      found = why.find((each) => each.cause === cause && shows(each));
      return found !== undefined;
    });
    return found as WhyChain;
  },
  click: (name: string, cure: Cure | undefined): Promise<{ said: string }> =>
    lab.api.why.cure({ namespace: 'default', name, cure: cure?.action as CureAction }),
  /** It runs, and nothing stands in its way (what its blank disk cannot do comes later). */
  heals: (name: string) => lab.machine(name, ({ row, why }) => row.status === 'Running' && why.every(({ cause }) => cause === 'no-sign-of-life')), // prettier-ignore
});

export const cureOf = <T extends Cure['action']['type']>(chain: WhyChain, type: T): Cure & { action: Extract<Cure['action'], { type: T }> } => {
  const found = chain.cures.find(({ action }) => action.type === type);
  if (!found) throw new Error(`${chain.cause} has no cure ${type}: ${JSON.stringify(chain.cures)}`);
  return found as Cure & { action: Extract<Cure['action'], { type: T }> };
}; // prettier-ignore
