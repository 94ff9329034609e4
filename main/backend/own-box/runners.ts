import { join } from 'node:path';
import type { DataPaths } from '../paths.ts';
import { applianceOfBox } from './appliance.ts';
import type { Runner } from './machines-told.ts';

/** Path of the kubeconfig of the box's own cluster. */
export const ownKubeconfig = (paths: DataPaths): string => join(paths.root, 'appliances', applianceOfBox, 'kubeconfig');

/** `node`: name of this box in its own cluster. */
export const runnersOf = (paths: DataPaths, node: () => Promise<string | undefined>): Runner[] => [
  { id: 'quick-lab', title: 'the Quick lab', kubeconfig: paths.kubeconfig },
  { id: applianceOfBox, title: 'the cluster of this box', kubeconfig: ownKubeconfig(paths), node },
];
