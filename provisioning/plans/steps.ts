import type { PlanFacts } from '../facts.ts';
import { environmentFile } from '../files/environment.ts';
import { kubeletConfig, logindConf } from '../files/kubelet.ts';
import { modules, modulesConf, raised, setByK3s, sysctlConf } from '../files/kernel.ts';
import { netScript, networkManagerConf } from '../files/network.ts';
import { poolScript } from '../files/pool.ts';
import { registriesYaml } from '../files/registries.ts';
import { nameServers, resolvConf } from '../files/resolv.ts';
import { k3sUnit, netUnit, poolUnit } from '../files/units.ts';
import { nodeAddress } from '../files/config.ts';
import { airgapDownload, k3sDownload } from '../downloads.ts';
import { imageDownloads, imageFile } from '../images.ts';
import { claims, optionalClaims, paths, programs } from '../paths.ts';
import type { Content, RootAction, RootStep } from '../plan.ts';
import type { ApplianceSettings } from '../settings.ts';
import type { Versions } from '../versions.ts';

/** Steps that several plans share. Ids are stable: the ledger and a resumed run know steps by them. */

export const step = (id: string, title: string, action: RootAction): RootStep => ({ id, title, action });
export const text = (text: string): Content => ({ from: 'text', text });
const download = (name: string): Content => ({ from: 'download', name });
export const file = (
  id: string,
  title: string,
  path: string,
  mode: '0600' | '0644' | '0755',
  content: Content,
): RootStep => step(id, title, { kind: 'file', path, mode, content });
const dir = (id: string, title: string, path: string, mode: string): RootStep =>
  step(id, title, { kind: 'dir', path, mode });
const slug = (path: string): string =>
  path
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(-50);

export type Role = 'server' | 'agent';
export const unitOf = (role: Role): 'k3s' | 'k3s-agent' => (role === 'server' ? 'k3s' : 'k3s-agent');

/** Kernel modules and settings, now and at every boot. */
export function kernelSteps(settings: ApplianceSettings, facts: PlanFacts): RootStep[] {
  const names = modules(settings, facts);
  const values = raised(facts);
  return [
    step('modules', 'Load kernel modules', { kind: 'modules', names }),
    file('modules-file', 'Load them at every boot', paths.modules, '0644', text(modulesConf(names))),
    ...[...values, ...setByK3s].map(([key, value]) =>
      step(`sysctl-${slug(key)}`, `Set ${key} to ${value}`, { kind: 'sysctl', key, value }),
    ),
    file('sysctl-file', 'Keep what nothing else sets', paths.sysctl, '0644', text(sysctlConf(values))),
  ];
}

/** Trees that running programs fill, before anything is put into them. Other folders above files the helper makes by itself. */
export const folderSteps = (settings: ApplianceSettings, facts: PlanFacts): RootStep[] => [
  ...[...claims, ...optionalClaims.filter((path) => !facts.present.includes(path))].map((path) =>
    step(`claim-${slug(path)}`, `Take ${path} for k3s`, { kind: 'claim', path }),
  ),
  step('claim-volumes', 'Make the folder for the disks of virtual machines', { kind: 'claim', path: settings.volumes }),
  dir('dir-kubelet', 'Make the folder for settings of the kubelet', paths.kubeletDropIns, '0700'),
  dir('dir-images', 'Make the folder for images', paths.images, '0700'),
]; // prettier-ignore

/** Program, images, and every file that k3s reads at its start. */
export const k3sFiles = (
  role: Role,
  config: string,
  settings: ApplianceSettings,
  facts: PlanFacts,
): RootStep[] => {
  const unit = unitOf(role);
  const options = {
    programs: programs(facts),
    solo: settings.mode === 'solo',
    poolFile: role === 'server' && settings.storage === 'pool-file',
  };
  return [
    ...k3sRelease(settings.versions.k3s, facts),
    ...configFiles(config, settings, facts),
    file('kubelet-config', 'Write the settings of the kubelet', `${paths.kubeletDropIns}/50-hearth.conf`, '0600', text(kubeletConfig(facts))),
    file('logind', 'Let a power-off wait for virtual machines', paths.logind, '0644', text(logindConf)),
    serviceEnvironment(role, settings, facts),
    file(`${unit}-unit`, 'Write the service', `${paths.units}/${unit}.service`, '0644', text(k3sUnit(role, options))),
  ];
}; // prettier-ignore

/** Proxy of k3s and what does not go through it: the address of the node is in it. */
export const serviceEnvironment = (role: Role, settings: ApplianceSettings, facts: PlanFacts): RootStep => {
  const unit = unitOf(role);
  const { address } = nodeAddress(settings, facts);
  return file(`${unit}-env`, 'Write the environment of the service', `${paths.units}/${unit}.service.env`, '0600', text(environmentFile(settings, address)));
}; // prettier-ignore

/** What a release of k3s consists of. Images have one name for all versions: the new one takes the place of the old. */
export const k3sRelease = (version: string, facts: Pick<PlanFacts, 'arch' | 'readOnlyUsrLocal'>): RootStep[] => [
  file('k3s-program', `Place k3s ${version}`, `${programs(facts)}/k3s`, '0755', download(k3sDownload(version, facts.arch))),
  file('k3s-images', `Place the images of k3s ${version}`, `${paths.images}/k3s-airgap-images-${facts.arch}.tar.zst`, '0600', download(airgapDownload(version, facts.arch))),
]; // prettier-ignore

/** Images of KubeVirt and CDI; steps whose file is not there are left out by the runner, and the node pulls them. */
export const labImages = (versions: Pick<Versions, 'kubevirt' | 'cdi'>, facts: Pick<PlanFacts, 'arch'>): RootStep[] =>
  (['kubevirt', 'cdi'] as const)
    .flatMap((part) => imageDownloads(part, versions[part], facts.arch))
    .map((image) => {
      const name = imageFile(image);
      return file(`image-${slug(name.replace(/\.tar$/, ''))}`, `Place the image ${name}`, `${paths.images}/${name}`, '0600', download(image.name));
    }); // prettier-ignore

/** The configuration that may change later: addresses, name servers, mirror, authorities. */
export function configFiles(config: string, settings: ApplianceSettings, facts: PlanFacts): RootStep[] {
  const servers = nameServers(settings, facts);
  const registries = registriesYaml(settings);
  return [
    ...(settings.ca === undefined ? [] : [file('ca', 'Write your certificate authorities', paths.ca, '0644', text(settings.ca))]),
    ...(registries === undefined ? [] : [file('registries', 'Write the mirror and authorities of registries', paths.registries, '0600', text(registries))]),
    ...(servers.length === 0 ? [] : [file('resolv-conf', 'Write the name servers for pods', paths.resolvConf, '0644', text(resolvConf(servers)))]),
    file('k3s-config', 'Write the configuration of k3s', paths.k3sConfig, '0600', text(config)),
  ];
} // prettier-ignore

/** The fixed address of a solo machine. */
export function networkSteps(settings: ApplianceSettings, facts: PlanFacts): RootStep[] {
  if (settings.mode !== 'solo') return [];
  const where = programs(facts);
  return [
    file('net-program', 'Place the program of the fixed address', `${where}/hearth-net`, '0755', text(netScript(settings.serviceCidr))),
    file('net-unit', 'Write its service', `${paths.units}/hearth-net.service`, '0644', text(netUnit(where))),
    ...(facts.networkManager
      ? [
          file('network-manager', 'Let NetworkManager leave it alone', paths.networkManager, '0644', text(networkManagerConf)),
        ]
      : []),
    step('net-enable', 'Start it at every boot', { kind: 'enable', unit: 'hearth-net' }),
    step('net-start', 'Start it now', { kind: 'start', unit: 'hearth-net' }),
  ];
} // prettier-ignore

export function poolRootSteps(settings: ApplianceSettings, facts: PlanFacts): RootStep[] {
  if (settings.storage === 'pool-disk' && settings.poolDisk !== undefined)
    return [step('pool', 'Make the storage pool on the disk', { kind: 'pool-disk', disk: settings.poolDisk })];
  if (settings.storage !== 'pool-file' || settings.poolSize === undefined) return [];
  const where = programs(facts);
  return [
    step('pool', 'Make the storage pool in a file', { kind: 'pool-file', size: settings.poolSize }),
    file('pool-program', 'Place the program that attaches it', `${where}/hearth-pool`, '0755', text(poolScript)),
    file('pool-unit', 'Write its service', `${paths.units}/hearth-pool.service`, '0644', text(poolUnit(where))),
    step('pool-enable', 'Attach it at every boot', { kind: 'enable', unit: 'hearth-pool' }),
    step('pool-start', 'Attach it now', { kind: 'start', unit: 'hearth-pool' }),
  ];
}

/** Pods and services may talk to this machine through its firewall. */
export const firewallSteps = (settings: ApplianceSettings, facts: PlanFacts): RootStep[] => {
  const tool = facts.firewall;
  if (tool === undefined) return [];
  return [
    step('firewall-pods', 'Let pods through the firewall', { kind: 'firewall', tool, source: settings.clusterCidr }),
    step('firewall-services', 'Let services through the firewall', { kind: 'firewall', tool, source: settings.serviceCidr }),
  ];
}; // prettier-ignore

/** Start never blocks: a k3s that cannot start would be tried for ever. */
export const startSteps = (role: Role, how: 'start' | 'restart' = 'start'): RootStep[] => {
  const unit = unitOf(role);
  return [
    step(`${unit}-${how}`, how === 'start' ? 'Start k3s' : 'Restart k3s', { kind: how, unit }),
    step(`${unit}-wait`, 'Wait until k3s stays up', { kind: 'wait-unit', unit, seconds: 600 }),
  ];
};
export const handover = (uid: number): RootStep =>
  step('handover', 'Hand the kubeconfig over to you', { kind: 'handover', uid, seconds: 300 });
