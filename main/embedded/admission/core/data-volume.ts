import { keyOf } from '../../kube/object.ts';
import { dataVolumes, persistentVolumeClaims } from '../../kube/resources.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import { denied, invalidObject } from '../field-error.ts';
import { bytesOf } from '../../kube/quantity.ts';
import { same } from '../rules.ts';
import type { Rules } from '../rules.ts';
import { unsupportedFields } from '../unsupported.ts';
import { duplicateCause, invalidCause } from '../vm/shapes.ts';

interface Target {
  accessModes?: string[];
  resources?: { requests?: Record<string, unknown> };
  dataSource?: unknown;
  dataSourceRef?: unknown;
}
export interface DataVolumeSpec {
  pvc?: Target;
  storage?: Target;
  contentType?: string;
  source?: {
    http?: { url: string; checksum?: string };
    registry?: { url?: string };
    pvc?: { name?: string; namespace?: string };
    blank?: object;
    upload?: object;
    [kind: string]: unknown;
  };
  sourceRef?: { kind?: string; name?: string };
}

const webhook = 'datavolume-validate.cdi.kubevirt.io';
const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const hashLengths = new Map([['md5', 32], ['sha1', 40], ['sha256', 64], ['sha512', 128]]); // prettier-ignore
const smallest = 2 ** 20;

/** CDI's webhook (pkg/apiserver/webhooks/datavolume-validate.go): it stops at the first finding. `at` is the spec's path. */
export const dataVolumeCauses = (spec: DataVolumeSpec, at: string): StatusCause[] => {
  const cause = targetCause(spec, at) ?? sourceCause(spec, at);
  return cause ? [cause] : [];
};

const targetCause = (spec: DataVolumeSpec, at: string): StatusCause | undefined => {
  const { pvc, storage } = spec;
  const target = pvc ?? storage;
  if (!target) return invalidCause(`${at}.PVC`, 'Missing Data volume PVC');
  if (pvc && storage) {
    return invalidCause(
      `${at}.PVC.Storage`,
      'Duplicate storage definition, both target storage and target pvc defined',
    );
  }
  const size = sizeCause(spec, target, pvc ? 'PVC' : 'Storage', at);
  if (size) return size;
  const modes = target.accessModes ?? [];
  const field = `${at}.PVC.accessModes`;
  if (pvc && modes.length === 0) return invalidCause(field, 'Required value: at least 1 access mode is required');
  if (pvc && modes.length > 1) return invalidCause(field, 'PVC multiple accessModes');
  const odd = modes.find((mode) => !accessModes.includes(mode));
  if (odd === undefined) return undefined;
  const allowed = accessModes.map((mode) => `"${mode}"`).join(', ');
  return invalidCause(field, `Unsupported value: "${odd}": supported values: ${allowed}`);
};

const sizeCause = (spec: DataVolumeSpec, target: Target, name: string, at: string): StatusCause | undefined => {
  const asked = target.resources?.requests?.['storage'];
  const field = `${at}.${name}.resources.requests.size`;
  if (asked === undefined) {
    // A clone takes its source's size.
    const { pvc, snapshot } = spec.source ?? {};
    const cloned = name === 'Storage' && (pvc !== undefined || snapshot !== undefined || spec.sourceRef !== undefined);
    return cloned ? undefined : invalidCause(field, `${name} size is missing`);
  }
  const bytes = bytesOf(asked) ?? 0;
  if (bytes <= 0) return invalidCause(field, `${name} size can't be equal or less than zero`);
  return bytes < smallest ? invalidCause(field, `${name} size should be at least 1MiB`) : undefined;
};

const sourceCause = (spec: DataVolumeSpec, at: string): StatusCause | undefined => {
  const { source, sourceRef, pvc, storage } = spec;
  const target = pvc ?? storage;
  const external = target?.dataSource !== undefined || target?.dataSourceRef !== undefined;
  if (external) {
    return source || sourceRef
      ? invalidCause(`${at}.source`, 'External population is incompatible with Source and SourceRef')
      : undefined;
  }
  if ((source === undefined) === (sourceRef === undefined)) {
    return invalidCause(
      `${at}.source`,
      'Data volume should have either Source or SourceRef, or be externally populated',
    );
  }
  if (sourceRef) return sourceRefCause(sourceRef, `${at}.sourceRef`);
  const kinds = Object.entries(source ?? {}).filter(([, value]) => value !== undefined);
  if (kinds.length === 0) return invalidCause(`${at}.source`, 'Missing dataVolume source');
  if (kinds.length > 1) return invalidCause(`${at}.source`, 'Multiple dataVolume sources');
  return source ? oneSourceCause(source, spec.contentType, at) : undefined;
};

const sourceRefCause = (ref: { kind?: string; name?: string }, field: string): StatusCause | undefined => {
  if (!ref.kind) return invalidCause(`${field}.Kind`, 'Missing sourceRef kind');
  if (ref.kind !== 'DataSource') {
    const message = `Unsupported sourceRef kind ${ref.kind}, currently only DataSource is supported`;
    return invalidCause(`${field}.Kind`, message);
  }
  return ref.name ? undefined : invalidCause(`${field}.Name`, 'Missing sourceRef name');
};

const oneSourceCause = (
  source: NonNullable<DataVolumeSpec['source']>,
  contentType: string | undefined,
  at: string,
): StatusCause | undefined => {
  const { http, blank, registry, pvc } = source;
  if (http) {
    const wrong = urlProblem(http.url);
    if (wrong) return invalidCause(`${at}.source.HTTP.url`, `${at}.source ${wrong}`);
    const checksum = http.checksum === undefined ? undefined : checksumProblem(http.checksum);
    if (checksum) return invalidCause(`${at}.source.HTTP.checksum`, `Invalid checksum format: ${checksum}`);
  }
  if (blank && contentType === 'archive') {
    return invalidCause(`${at}.contentType`, 'SourceType cannot be blank and the contentType be archive');
  }
  if (registry?.url !== undefined && !/^(docker|oci-archive|docker-archive):\/\//.test(registry.url)) {
    return invalidCause(`${at}.source.Registry.URL`, `Illegal registry source URL scheme ${registry.url}`);
  }
  if (pvc && !pvc.name) return invalidCause(`${at}.source.PVC`, `${at}.source.PVC source PVC is not valid`);
  return undefined;
};

const urlProblem = (url: string): string | undefined => {
  if (!url) return 'source URL is empty';
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) return `Invalid source URL: ${url}`;
  return parsed.protocol === 'http:' || parsed.protocol === 'https:' ? undefined : `Invalid source URL scheme: ${url}`;
};

const checksumProblem = (checksum: string): string | undefined => {
  const [, algorithm = '', hash = ''] = /^([^:]*):(.*)$/s.exec(checksum) ?? [];
  if (!algorithm) return `"${checksum}" is not of the form algorithm:hash`;
  const length = hashLengths.get(algorithm.toLowerCase());
  if (!length) return `algorithm "${algorithm}" is not one of md5, sha1, sha256, sha512`;
  if (hash.length === length && /^[0-9a-f]+$/i.test(hash)) return undefined;
  return `a ${algorithm} hash has ${length} hexadecimal digits`;
};

export const dataVolumeRules: Rules = {
  validate(object, old, { store, warnings }) {
    if (object.metadata.deletionTimestamp) return;
    if (old) {
      if (same(object.spec, old.spec)) return;
      throw denied(webhook, [duplicateCause('DataVolume.Spec', 'Cannot update DataVolume Spec')]);
    }
    const causes = dataVolumeCauses(object.spec as DataVolumeSpec, 'spec');
    if (causes.length > 0) throw denied(webhook, causes);
    const { namespace, name = '' } = object.metadata;
    const claim = store.get(persistentVolumeClaims, namespace, name);
    // A claim that outlived its DataVolume (restored from a copy of the lab) is taken over by its annotation, as in CDI.
    if (claim && claim.metadata.annotations?.['cdi.kubevirt.io/storage.populatedFor'] !== name) {
      const message = `Destination PVC ${keyOf(claim)} already exists`;
      throw denied(webhook, [duplicateCause('DataVolume.Name', message)]);
    }
    const { errors, warnings: hints } = unsupportedFields('dataVolume', object.spec, 'spec');
    if (errors.length > 0) throw invalidObject(dataVolumes, name, errors);
    warnings.push(...hints);
  },
};
