import type { TypeRow } from '../../../main/contract/templates.ts';
import type { TypeForm } from './type-wish.ts';
import { text as typeYaml } from './type-yaml.ts';

export const emptyForm: TypeForm = {
  name: 'own',
  namespace: 'default',
  cpus: 1,
  memory: 1024 ** 3,
  diskBus: '',
  network: '',
  firmware: '',
  tpm: false,
  pointer: false,
};

/** A row that does not exist yet. */
export function blankType(of: 'types' | 'preferences'): TypeRow {
  const kind = of === 'types' ? 'VirtualMachineInstancetype' : 'VirtualMachinePreference';
  return {
    kind, namespace: 'default', name: '', displayName: '', description: '', facts: [], bundled: false, machines: [],
    yaml: typeYaml(kind, emptyForm),
  }; // prettier-ignore
}

/** Somebody else's as a text of one's own: namespaced, without labels that say whose it is. */
export function ownCopy({ kind, name, yaml }: TypeRow): string {
  const own = kind.replace('Cluster', '');
  const spec = /^spec:\n[\s\S]*$/m.exec(yaml)?.[0] ?? 'spec: {}\n';
  return `apiVersion: instancetype.kubevirt.io/v1beta1\nkind: ${own}\nmetadata:\n  name: own-${name}\n  namespace: default\n${spec}`;
}
