import type { ApplianceSettings, PreflightReport } from '../../../main/contract/appliance.ts';
import { t } from './text.ts';

/** The settings as they are typed; kept while they are wrong. */
export interface SettingsForm {
  mode: ApplianceSettings['mode'];
  nodeName: string;
  address: string;
  tlsNames: string;
  clusterCidr: string;
  serviceCidr: string;
  volumes: string;
  storage: ApplianceSettings['storage'];
  poolSize: number | undefined;
  poolDisk: string;
  etcd: boolean;
  accelerator: ApplianceSettings['accelerator'];
  /** The k3s version; those that go with it come along. */
  version: string;
  proxyHttp: string;
  proxyHttps: string;
  proxyNo: string;
  ca: string;
  dns: string;
  mirror: string;
  bundle: string;
}
export type Fields = Partial<Record<keyof SettingsForm, string>>;
/** What every part of the form gets. */
export interface SettingsProps {
  form: SettingsForm;
  onChange: (part: Partial<SettingsForm>) => void;
  fields: Fields;
  report: PreflightReport;
}

const GiB = 1024 ** 3;
const listed = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);
const given = (text: string): string | undefined => text.trim() || undefined;

export const toForm = (of: ApplianceSettings): SettingsForm => ({
  mode: of.mode,
  nodeName: of.nodeName,
  address: of.address ?? '',
  tlsNames: of.tlsNames.join(', '),
  clusterCidr: of.clusterCidr,
  serviceCidr: of.serviceCidr,
  volumes: of.volumes,
  storage: of.storage,
  poolSize: of.poolSize ?? 100 * GiB,
  poolDisk: of.poolDisk ?? '',
  etcd: of.etcd,
  accelerator: of.accelerator,
  version: of.versions.k3s,
  proxyHttp: of.proxy?.http ?? '',
  proxyHttps: of.proxy?.https ?? '',
  proxyNo: of.proxy?.no ?? '',
  ca: of.ca ?? '',
  dns: of.dns.join(', '),
  mirror: of.mirror ?? '',
  bundle: of.bundle ?? '',
});

/** Only what is given is sent: an empty field means the default. */
export function fromForm(form: SettingsForm, versions: PreflightReport['versions'], base: ApplianceSettings): ApplianceSettings {
  const chosen = versions.find((each) => each.k3s === form.version) ?? base.versions;
  const proxy = {
    ...(given(form.proxyHttp) && { http: form.proxyHttp.trim() }),
    ...(given(form.proxyHttps) && { https: form.proxyHttps.trim() }),
    ...(given(form.proxyNo) && { no: form.proxyNo.trim() }),
  };
  return {
    mode: form.mode,
    nodeName: form.nodeName.trim(),
    ...(form.mode === 'lan' && given(form.address) && { address: form.address.trim() }),
    tlsNames: listed(form.tlsNames),
    clusterCidr: form.clusterCidr.trim(),
    serviceCidr: form.serviceCidr.trim(),
    volumes: form.volumes.trim(),
    storage: form.storage,
    ...(form.storage === 'pool-file' && form.poolSize !== undefined && { poolSize: form.poolSize }),
    ...(form.storage === 'pool-disk' && { poolDisk: form.poolDisk.trim() }),
    etcd: form.etcd,
    accelerator: form.accelerator,
    versions: { k3s: chosen.k3s, kubevirt: chosen.kubevirt, cdi: chosen.cdi },
    ...(Object.keys(proxy).length > 0 && { proxy }),
    ...(given(form.ca) && { ca: form.ca }),
    dns: listed(form.dns),
    ...(given(form.mirror) && { mirror: form.mirror.trim() }),
    ...(given(form.bundle) && { bundle: form.bundle.trim() }),
  };
} // prettier-ignore

const ipv4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
const isCidr = (text: string): boolean => {
  const [address = '', bits = '', ...rest] = text.split('/');
  return rest.length === 0 && ipv4.test(address) && /^([89]|[12]\d|30)$/.test(bits);
};
const isUrl = (text: string): boolean => /^https?:\/\/\S+$/.test(text) && URL.canParse(text);

/** What can be told without asking: the form of things. What fits this machine, the plan tells. */
export function formFields(form: SettingsForm): Fields {
  const fields: Fields = {};
  const wrong = (field: keyof SettingsForm, bad: boolean, text: string): void => {
    if (bad) fields[field] = text;
  };
  const name = form.nodeName.trim();
  wrong('nodeName', name.length > 63 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name), t('field.nodeName'));
  wrong('address', form.mode === 'lan' && !ipv4.test(form.address.trim()), t('field.address'));
  wrong('poolDisk', form.storage === 'pool-disk' && !form.poolDisk.trim().startsWith('/dev/disk/by-id/'), t('field.poolDisk')); // prettier-ignore
  wrong('poolSize', form.storage === 'pool-file' && form.poolSize === undefined, t('field.poolSize'));
  wrong('volumes', !form.volumes.trim().startsWith('/'), t('field.path'));
  wrong('bundle', form.bundle.trim() !== '' && !form.bundle.trim().startsWith('/'), t('field.path'));
  for (const field of ['clusterCidr', 'serviceCidr'] as const)
    wrong(field, !isCidr(form[field].trim()), t('field.cidr'));
  for (const field of ['proxyHttp', 'proxyHttps', 'mirror'] as const)
    wrong(field, form[field].trim() !== '' && !isUrl(form[field].trim()), t('field.url'));
  wrong('dns', listed(form.dns).length > 3 || listed(form.dns).some((each) => !ipv4.test(each)), t('field.dns'));
  wrong('ca', form.ca.trim() !== '' && !form.ca.includes('-----BEGIN CERTIFICATE-----'), t('field.ca'));
  return fields;
}

const paths: Record<string, keyof SettingsForm> = {
  'proxy.http': 'proxyHttp',
  'proxy.https': 'proxyHttps',
  'proxy.no': 'proxyNo',
  proxy: 'proxyHttp',
  versions: 'version',
  'versions.k3s': 'version',
  'versions.kubevirt': 'version',
  'versions.cdi': 'version',
};
/** The plan's findings by field of the form; what has no field here is told above it. */
export function planFields(form: SettingsForm, fields: Readonly<Record<string, string>>): { fields: Fields; rest: string[] } {
  const found: Fields = {};
  const rest: string[] = [];
  for (const [path, message] of Object.entries(fields)) {
    const plain = path.replace(/^settings\./, '');
    const field = paths[plain] ?? (plain.split('.')[0] as keyof SettingsForm);
    if (field in form) found[field] ??= message;
    else rest.push(message);
  }
  return { fields: found, rest };
} // prettier-ignore

const more = new Set<keyof SettingsForm>([
  'tlsNames', 'clusterCidr', 'serviceCidr', 'volumes', 'etcd', 'version', 'proxyHttp', 'proxyHttps', 'proxyNo', 'ca', 'dns', 'mirror', 'bundle',
]); // prettier-ignore
/** Whether a finding is about something that is folded away. */
export const inMore = (fields: Fields): boolean => (Object.keys(fields) as (keyof SettingsForm)[]).some((field) => more.has(field)); // prettier-ignore
