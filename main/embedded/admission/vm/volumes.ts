import type { V1CloudInitNoCloudSource, V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { StatusCause } from '../../kube/status-error.ts';
import { bytesOf } from '../../kube/quantity.ts';
import { isBase64 } from '../structural.ts';
import { invalidCause, requiredCause } from './shapes.ts';
import type { VmiSpec } from './shapes.ts';

/** Bytes of user data and of network data that may stand inline (cloudInitUserMaxLen, cloudInitNetworkMaxLen). */
export const cloudInitMax = 2048;

/** Volumes, each for itself (validateVolumes). `at` is the instance's spec. */
export const volumeCauses = (spec: VmiSpec, at: string): StatusCause[] => {
  const volumes = spec.volumes ?? [];
  const field = `${at}.volumes`;
  const causes: StatusCause[] = [];
  for (const [index, volume] of volumes.entries()) {
    const here = `${field}[${index}]`;
    const other = volumes.findIndex((one) => one.name === volume.name);
    if (other !== index) {
      causes.push(invalidCause(`${here}.name`, `${here} and ${field}[${other}] must not have the same Name.`));
    }
    if (volume.dataVolume && !volume.dataVolume.name) {
      causes.push(requiredCause(`${here}.name`, "DataVolume 'name' must be set"));
    }
    const { name: _, ...sources } = volume;
    if (Object.values(sources).filter((source) => source !== undefined && source !== null).length !== 1) {
      causes.push(invalidCause(here, `${here} must have exactly one source type set`));
    }
    causes.push(...sourceCauses(volume, here));
  }
  for (const [kind, name] of [
    ['serviceAccount', 'serviceAccount volume'],
    ['downwardMetrics', 'downwardMetric volume'],
    ['memoryDump', 'memory dump volume'],
  ] as const) {
    if (volumes.filter((volume) => volume[kind]).length > 1) {
      causes.push(invalidCause(field, `${field} must have max one ${name} set`));
    }
  }
  return causes;
};

const sourceCauses = (volume: V1Volume, here: string): StatusCause[] => {
  if (volume.cloudInitNoCloud) return cloudInitCauses(volume.cloudInitNoCloud, `${here}.cloudInitNoCloud`);
  if (volume.cloudInitConfigDrive) return cloudInitCauses(volume.cloudInitConfigDrive, `${here}.cloudInitConfigDrive`);
  const { capacity } = volume.emptyDisk ?? {};
  // KubeVirt lets these pass and fails at start: better said at once.
  if (capacity !== undefined && (bytesOf(capacity) ?? 0) <= 0) {
    return [
      invalidCause(`${here}.emptyDisk.capacity`, `${here}.emptyDisk.capacity '${capacity}': must be greater than 0.`),
    ];
  }
  return [];
};

type CloudInit = V1CloudInitNoCloudSource;
const cloudInitCauses = (source: CloudInit, here: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const part = (kind: 'userData' | 'networkData', secret: { name?: string } | undefined): number => {
    const plain = source[kind] ?? '';
    const coded = source[`${kind}Base64`] ?? '';
    const label = kind.toLowerCase();
    let bytes = Buffer.byteLength(plain);
    if (coded) {
      if (isBase64(coded)) bytes = Math.max(bytes, Buffer.from(coded, 'base64').length);
      else {
        const type = here.slice(here.lastIndexOf('.') + 1);
        const field = `${here}.${kind}Base64`;
        // Twice the name, as KubeVirt prints it.
        causes.push(invalidCause(field, `${field}.${type}.${kind}Base64 is not a valid base64 value.`));
      }
    }
    const count = [secret?.name, coded, plain].filter(Boolean).length;
    if (count > 1) {
      causes.push(
        invalidCause(
          here,
          `${here} must have only one ${kind === 'userData' ? 'userdatasource' : 'networkdata source'} set.`,
        ),
      );
    }
    if (bytes > cloudInitMax) {
      const instead = kind === 'userData' ? 'UserDataSecretRef' : 'NetworkDataSecretRef';
      causes.push(
        invalidCause(
          here,
          `${here} ${label} exceeds ${cloudInitMax} byte limit. Should use ${instead} for larger data.`,
        ),
      );
    }
    return count;
  };
  const sources = part('userData', source.secretRef) + part('networkData', source.networkDataSecretRef);
  if (sources === 0) {
    causes.push(invalidCause(here, `${here} must have at least one userdatasource or one networkdatasource set.`));
  }
  return causes;
};
