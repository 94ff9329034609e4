import type { KubeObject } from '../../kube/object.ts';
import { denied } from '../field-error.ts';
import { bytesOf } from '../../kube/quantity.ts';
import type { Rules } from '../rules.ts';
import { invalidCause } from '../vm/shapes.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../vm/shapes.ts';

const topologies = ['sockets', 'cores', 'threads', 'spread', 'any'];
const topologyWords = [...topologies, ...topologies.map((word) => `prefer${word[0]?.toUpperCase()}${word.slice(1)}`)];
const webhookOf = (object: KubeObject): string => `${object.kind.toLowerCase()}-validator.instancetype.kubevirt.io`;

export const instancetypeRules: Rules = {
  validate(object) {
    const { cpu, memory } = object.spec as unknown as InstancetypeSpec;
    const causes = [];
    if (memory.overcommitPercent && memory.hugepages) {
      const [percent, hugepages] = ['spec.memory.overcommitPercent', 'spec.memory.hugepages'];
      causes.push(invalidCause(percent, `${percent} and ${hugepages} should not be requested together.`));
    }
    // Not KubeVirt's: there such a type is kept and no machine of it ever starts.
    if (cpu.guest < 1)
      causes.push(invalidCause('spec.cpu.guest', `spec.cpu.guest '${cpu.guest}': must be greater than 0.`));
    if ((bytesOf(memory.guest) ?? 0) <= 0) {
      causes.push(invalidCause('spec.memory.guest', `spec.memory.guest '${memory.guest}': must be greater than 0.`));
    }
    if (causes.length > 0) throw denied(webhookOf(object), causes);
  },
};

export const preferenceRules: Rules = {
  validate(object) {
    const topology = (object.spec as PreferenceSpec | undefined)?.cpu?.preferredCPUTopology;
    if (!topology || topologyWords.includes(topology)) return;
    const field = 'spec.cpu.preferredCPUTopology';
    throw denied(webhookOf(object), [invalidCause(field, `unknown preferredCPUTopology ${topology}`)]);
  },
};
