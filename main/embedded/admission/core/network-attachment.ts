import { hasBridge } from '../../network/host-bridge.ts';
import { NetworkConfigError, parseNetworkConfig } from '../../network/nad.ts';
import { virtualMachineInstances } from '../../kube/resources.ts';
import { StatusError } from '../../kube/status-error.ts';
import type { KubeObject, Stored } from '../../kube/object.ts';
import { invalidObject, wrong } from '../field-error.ts';
import type { RuleContext, Rules } from '../rules.ts';
import { networkAttachmentDefinitions } from '../../kube/resources.ts';
import type { VmiSpec } from '../vm/shapes.ts';

/**
 * Networks between machines. What this computer cannot do is refused by name when it is made: with the real Multus a
 * machine would hang at its start instead.
 */
export const networkAttachmentRules: Rules = {
  validate(object: KubeObject) {
    const { config } = (object.spec ?? {}) as { config?: string };
    try {
      parseNetworkConfig(config ?? '', hasBridge);
    } catch (error) {
      if (!(error instanceof NetworkConfigError)) throw error;
      throw invalidObject(networkAttachmentDefinitions, object.metadata.name ?? '', [
        wrong('spec.config', config ?? '', error.message),
      ]);
    }
  },
  /** Not as Multus, which would let it go: a machine that runs on it could not be moved, nor started again. */
  remove(old: Stored, { store }: RuleContext) {
    const { namespace = '', name } = old.metadata;
    const users = store.list(virtualMachineInstances).filter((vmi) => {
      const spec = vmi.spec as unknown as VmiSpec;
      return spec.networks?.some(({ multus }) => {
        const wanted = multus?.networkName ?? '';
        return wanted === `${namespace}/${name}` || (wanted === name && vmi.metadata.namespace === namespace);
      });
    });
    if (users.length === 0) return;
    const names = users.map((vmi) => `${vmi.metadata.namespace ?? ''}/${vmi.metadata.name}`).join(', ');
    throw new StatusError(409, 'Conflict', `network-attachment-definitions.k8s.cni.cncf.io "${name}" is in use by running machines: ${names}. Move or stop them first.`); // prettier-ignore
  },
};
