import type { ApplianceNode } from '../../../main/contract/appliance.ts';

/** A node's name, not taken by another: Kubernetes refuses a second one of the same name. */
export const isNodeName = (name: string, nodes: readonly Pick<ApplianceNode, 'name'>[]): boolean =>
  name.length <= 63 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) && nodes.every((node) => node.name !== name);
