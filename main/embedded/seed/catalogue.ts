import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { applyAutoattach, applyPreference } from '../admission/instancetype/preference.ts';
import { unsupportedFields } from '../admission/unsupported.ts';
import { architectureOf, setDevices, setInstanceDefaults } from '../admission/vm/defaults.ts';
import type { PreferenceSpec, VmiSpec } from '../admission/vm/shapes.ts';
import type { EngineConfig, EngineContext } from '../kube/context.ts';
import type { KubeObject } from '../kube/object.ts';

const version = 'v1.7.0';

const read = (assets: string, bundle: string): KubeObject[] =>
  parseAllDocuments(readFileSync(join(assets, 'kubevirt', `common-cluster${bundle}-bundle-${version}.yaml`), 'utf8'))
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);

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
export const catalogue = ({ paths, config }: Pick<EngineContext, 'paths' | 'config'>) => ({
  instancetypes: read(paths.assets, 'instancetypes').filter(({ metadata }) => ordinary.test(metadata.name ?? '')),
  preferences: read(paths.assets, 'preferences').filter(
    ({ metadata, spec }) => !tuned.test(metadata.name ?? '') && canPrefer((spec ?? {}) as PreferenceSpec, config),
  ),
});
