import type { KubeObject } from '../../../main/contract/kube.ts';
import { pickText, pickTexts } from '../../../main/backend/target/pick.ts';

/** Gates that a test here can meet, and what KubeVirt 1.9 made of them (pkg/virt-config/featuregate); others must be named. */
const states: Record<string, 'beta' | 'always'> = {
  Snapshot: 'beta',
  DeclarativeHotplugVolumes: 'beta',
  VMExport: 'always',
  ExpandDisks: 'always',
};

/** Whether virt-api finds a feature gate open. Since 1.9 a beta gate is open unless it is disabled by name. */
export function isOpen(kubevirt: KubeObject | undefined, gate: string): boolean {
  const named = (list: string): boolean =>
    pickTexts(kubevirt, 'spec', 'configuration', 'developerConfiguration', list).includes(gate);
  const old = /^v1\.[0-8]\./.test(pickText(kubevirt, 'status', 'observedKubeVirtVersion') ?? '');
  if (!old && states[gate] === 'always') return true;
  return named('featureGates') || (!old && states[gate] === 'beta' && !named('disabledFeatureGates'));
}
