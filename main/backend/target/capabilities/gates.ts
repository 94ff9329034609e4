import type { KubeObject } from '../../../contract/kube.ts';
import { pickText, pickTexts } from '../pick.ts';

/** Feature gates of KubeVirt that decide something here. */
export type Gate =
  'Snapshot' | 'VMExport' | 'HotplugVolumes' | 'DeclarativeHotplugVolumes' | 'ExpandDisks' | 'HostDevices';

/** Minor versions of KubeVirt 1 from which a gate is on by itself (beta), or always (GA); never: it must be named. */
const lifecycle: Readonly<Record<Gate, { beta?: number; always?: number }>> = {
  // Until 1.8 a beta gate was off unless named; 1.9 turned that round (kubevirt/kubevirt pkg/virt-config/featuregate).
  Snapshot: { beta: 9 },
  DeclarativeHotplugVolumes: { beta: 9 },
  VMExport: { always: 9 },
  ExpandDisks: { always: 9 },
  HotplugVolumes: {},
  HostDevices: {},
};

/** 9 of `v1.9.0`; undefined while the version is not known. Pure. */
export function minorOf(kubevirt: KubeObject | undefined): number | undefined {
  const match = /^v?1\.(\d+)/.exec(pickText(kubevirt, 'status', 'observedKubeVirtVersion') ?? '');
  return match ? Number(match[1]) : undefined;
}

/**
 * Whether a gate is open, by KubeVirt's own order: GA, named as on, named as off, beta, else closed. Undefined when the
 * KubeVirt object may not be read: then the target has the last word. Pure.
 */
export function gateOpen(kubevirt: KubeObject | undefined, gate: Gate): boolean | undefined {
  if (!kubevirt) return undefined;
  const { beta, always } = lifecycle[gate];
  const minor = minorOf(kubevirt) ?? 9;
  const named = (field: string): boolean =>
    pickTexts(kubevirt, 'spec', 'configuration', 'developerConfiguration', field).includes(gate);
  if (always !== undefined && minor >= always) return true;
  if (named('featureGates')) return true;
  if (named('disabledFeatureGates')) return false;
  return beta !== undefined && minor >= beta;
}

/** How a gate is opened, in words. */
export const openGate = (gate: Gate): string =>
  `Add ${gate} to spec.configuration.developerConfiguration.featureGates of the KubeVirt object.`;
