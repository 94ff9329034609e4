import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { applianceSettingsSchema } from '../../contract/appliance.ts';
import type { ApplianceSettings, PreflightReport } from '../../contract/appliance.ts';
import { UsageError } from '../command.ts';

/** Options that change what the preflight suggests. */
export const settingsOptions = {
  mode: { type: 'string' },
  name: { type: 'string' },
  address: { type: 'string' },
  'tls-name': { type: 'string', multiple: true },
  'cluster-cidr': { type: 'string' },
  'service-cidr': { type: 'string' },
  volumes: { type: 'string' },
  storage: { type: 'string' },
  'pool-size': { type: 'string' },
  'pool-disk': { type: 'string' },
  etcd: { type: 'boolean' },
  accelerator: { type: 'string' },
  k3s: { type: 'string' },
  kubevirt: { type: 'string' },
  cdi: { type: 'string' },
  proxy: { type: 'string' },
  'no-proxy': { type: 'string' },
  ca: { type: 'string' },
  dns: { type: 'string', multiple: true },
  mirror: { type: 'string' },
  bundle: { type: 'string' },
} as const;
export type SettingsValues = {
  [K in keyof typeof settingsOptions]?:
    | ((typeof settingsOptions)[K] extends { multiple: true }
        ? string[]
        : (typeof settingsOptions)[K] extends { type: 'boolean' }
          ? boolean
          : string)
    | undefined;
};

export const settingsHelp = `  --mode solo|lan         solo: a laptop, immune to changing networks; lan: a box that others reach
  --name NAME             name of the node, fixed for its life
  --address IP            lan: the reserved address
  --tls-name NAME         a further name in the certificate (may be given again)
  --cluster-cidr CIDR, --service-cidr CIDR
  --volumes DIR           where the disks of VMs lie
  --storage local-path|pool-file|pool-disk, --pool-size 200G, --pool-disk /dev/disk/by-id/...
  --etcd                  embedded etcd from the start, for several servers
  --accelerator kvm|tcg   against what the trial says
  --k3s V, --kubevirt V, --cdi V
  --proxy URL, --no-proxy LIST, --ca FILE, --dns IP (may be given again)
  --mirror URL            files come from MIRROR/<host>/<path>
  --bundle FILE           files come from an offline bundle
`;

/** What the preflight suggests, changed by what was said. Throws a UsageError that names the option. */
export async function readSettings(values: SettingsValues, report: PreflightReport): Promise<ApplianceSettings> {
  const { suggested } = report;
  const set = versionsOf(values, report);
  const wanted = {
    ...suggested,
    ...picked({
      mode: values.mode,
      nodeName: values.name,
      address: values.address,
      tlsNames: values['tls-name'],
      clusterCidr: values['cluster-cidr'],
      serviceCidr: values['service-cidr'],
      volumes: values.volumes,
      storage: values.storage,
      poolSize: values['pool-size'] === undefined ? undefined : readSize(values['pool-size']),
      poolDisk: values['pool-disk'],
      etcd: values.etcd,
      accelerator: values.accelerator,
      dns: values.dns,
      mirror: values.mirror,
      bundle: values.bundle === undefined ? undefined : resolve(values.bundle),
      ca: values.ca === undefined ? undefined : await readText(values.ca),
      proxy:
        values.proxy === undefined
          ? undefined
          : { http: values.proxy, https: values.proxy, ...picked({ no: values['no-proxy'] }) },
    }),
    versions: set,
  };
  const checked = applianceSettingsSchema.safeParse(wanted);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new UsageError(`${issue?.path.join('.') ?? 'settings'}: ${issue?.message ?? 'not understood'}`);
}

/** One version named brings those that go with it, unless they are named too. */
function versionsOf(values: SettingsValues, report: PreflightReport): ApplianceSettings['versions'] {
  const match = report.versions.find(
    (set) =>
      (values.k3s ?? set.k3s) === set.k3s &&
      (values.kubevirt ?? set.kubevirt) === set.kubevirt &&
      (values.cdi ?? set.cdi) === set.cdi,
  );
  return {
    ...(match ?? report.suggested.versions),
    ...picked({ k3s: values.k3s, kubevirt: values.kubevirt, cdi: values.cdi }),
  };
}

const picked = <T extends object>(fields: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<{
    [K in keyof T]: NonNullable<T[K]>;
  }>;

/** "200G", "1.5T", "512Mi" -> bytes; powers of 1024, as truncate(1) has it. */
export function readSize(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text.trim());
  if (!found) throw new UsageError(`"${text}" is no size; say for example 200G`);
  const power = ['', 'k', 'm', 'g', 't'].indexOf((found[2] ?? '').toLowerCase());
  return Math.round(Number(found[1]) * 1024 ** power);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
