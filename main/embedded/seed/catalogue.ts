import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyAutoattach, applyPreference } from '../admission/instancetype/preference.ts';
import { unsupportedFields } from '../admission/unsupported.ts';
import { architectureOf, setDevices, setInstanceDefaults } from '../admission/vm/defaults.ts';
import type { PreferenceSpec, VmiSpec } from '../admission/vm/shapes.ts';
import type { EngineConfig, EngineContext } from '../kube/context.ts';
import type { KubeObject } from '../kube/object.ts';

/** Made from the projects' own bundles by assets/kubevirt/generate.mjs. */
const file = 'kubevirt/common-instancetypes-v1.7.0.json';
interface Bundles {
  instancetypes: KubeObject[];
  preferences: KubeObject[];
}

/** Series that need neither CPUs nor memory set aside for machines. */
const ordinary = /^(u1|o1)\./;

/** Guests tuned for hosts that set CPUs or memory aside for them. */
const tuned = /\.(dpdk|realtime)$/;

/** Whether a guest with this preference can run here: nothing it brings along may be turned away. */
export const canPrefer = (preference: PreferenceSpec, config: EngineConfig): boolean => {
  const wanted = preference.requirements?.architecture ?? preference.preferredArchitecture;
  if (wanted && wanted !== architectureOf(config)) return false;
  const spec: VmiSpec = {
    domain: { devices: { disks: [{ name: 'root', disk: {} }] } },
    volumes: [{ name: 'root', dataVolume: { name: 'root' } }],
  };
  applyAutoattach(preference, spec);
  setDevices(spec);
  applyPreference(preference, spec);
  setInstanceDefaults(spec, config);
  return unsupportedFields('instance', spec, 'spec').errors.length === 0;
};

/** The common instance types and preferences whose guests can run here. */
export const catalogue = ({ paths, config }: Pick<EngineContext, 'paths' | 'config'>): Bundles => {
  const { instancetypes, preferences } = JSON.parse(readFileSync(join(paths.assets, file), 'utf8')) as Bundles;
  return {
    instancetypes: instancetypes.filter(({ metadata }) => ordinary.test(metadata.name ?? '')),
    preferences: preferences.filter(
      ({ metadata, spec }) => !tuned.test(metadata.name ?? '') && canPrefer(spec ?? {}, config),
    ),
  };
};
