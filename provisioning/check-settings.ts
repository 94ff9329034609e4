import type { PlanFacts } from './facts.ts';
import { isSafeForEnvironment } from './files/environment.ts';
import { nameServers } from './files/resolv.ts';
import { checkNetwork } from './check-network.ts';
import { poolLimits } from './pool-limits.ts';
import type { ApplianceSettings } from './settings.ts';
import { misfits } from './versions.ts';

/**
 * What is wrong with settings on that machine: field path -> a plain message. Empty: a plan can be made. Every value that a
 * plan puts into a file or a step has passed here; the root helper checks once more by itself.
 */
export function checkSettings(settings: ApplianceSettings, facts: PlanFacts): Record<string, string> {
  const found = new Map<string, string>();
  const say = (field: string, message: string | undefined): void => {
    if (message !== undefined && !found.has(field)) found.set(field, message);
  };
  say('nodeName', nodeNameProblem(settings.nodeName));
  settings.tlsNames.forEach((name, index) => say(`tlsNames.${index}`, hostProblem(name)));
  for (const [field, message] of checkNetwork(settings, facts)) say(field, message);
  say('volumes', volumesProblem(settings.volumes));
  for (const [field, message] of checkStorage(settings, facts)) say(field, message);
  for (const [part, message] of Object.entries(misfits(settings.versions))) say(`versions.${part}`, message);
  for (const [field, message] of checkOutside(settings, facts)) say(field, message);
  return Object.fromEntries(found);
}

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** RFC 1123, lower case; also the name of a Kubernetes object. */
export function nodeNameProblem(name: string): string | undefined {
  if (name === '') return 'Give the machine a name.';
  if (name.length > 63) return 'At most 63 characters.';
  if (!name.split('.').every((part) => label.test(part)))
    return 'Lowercase letters, digits, dashes and dots; a letter or digit at the start and the end.';
  if (name === 'localhost' || name.startsWith('localhost.'))
    return 'Every machine is called localhost by itself; choose another name.';
  return undefined;
}
function hostProblem(name: string): string | undefined {
  const fine =
    name.length <= 253 &&
    name
      .toLowerCase()
      .split('.')
      .every((part) => label.test(part));
  return fine ? undefined : `“${printable(name)}” is neither a name nor an IPv4 address.`;
}

const ours = '/var/lib/hearth/volumes';
/** Folders that are given away whole: it must be plain that this one is meant for us, since an uninstall removes it. */
export function volumesProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return 'An absolute path is needed, one that starts with a slash.';
  if (hasControl(path) || !/^[A-Za-z0-9/._@+-]+$/.test(path)) return 'Letters, digits and . _ - @ + only; no spaces.';
  if (path.length > 200) return 'At most 200 characters.';
  const parts = path.split('/').slice(1);
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'Write the path without “..”, “.”, doubled or trailing slashes.';
  if (path === ours) return undefined;
  if (parts.at(-1) !== 'hearth-volumes')
    return `Either ${ours}, or a folder named hearth-volumes: it goes with the appliance when that is removed.`;
  if (parts.length < 2) return 'Not right below the root of the file system.';
  const top = `/${parts[0]}`;
  if (
    [
      '/proc',
      '/sys',
      '/dev',
      '/run',
      '/tmp',
      '/boot',
      '/etc',
      '/usr',
      '/bin',
      '/sbin',
      '/lib',
      '/lib64',
      '/root',
    ].includes(top)
  )
    return `${top} is for the system; choose a folder on a disk, e.g. /mnt/disk/hearth-volumes.`;
  if (
    ['/var/tmp', '/var/run', '/var/lock', '/var/lib/rancher', '/var/lib/kubelet'].some((folder) =>
      path.startsWith(`${folder}/`),
    )
  )
    return 'That place is emptied or removed by others; choose a folder on a disk.';
  return undefined;
}

function* checkStorage(settings: ApplianceSettings, facts: PlanFacts): Generator<[string, string]> {
  if (settings.storage === 'local-path') return;
  if (!facts.lvm)
    yield ['storage', 'A pool needs the programs of LVM and of thin provisioning here: install lvm2 and thin-provisioning-tools (device-mapper-persistent-data on Fedora).'];
  if (settings.storage === 'pool-file') {
    const size = settings.poolSize;
    const { least, most } = poolLimits(facts);
    if (size === undefined) yield ['poolSize', 'How large the pool may become.'];
    else if (!Number.isSafeInteger(size) || size < least) yield ['poolSize', `At least ${gib(least)}.`];
    else if (size > most)
      yield ['poolSize', most < least ? `There is no room for a pool: ${gib(facts.disk.free)} are free.` : `At most ${gib(most)}: the pool must never be larger than what is free.`];
    return;
  }
  const path = settings.poolDisk;
  if (path === undefined || path === '') yield ['poolDisk', 'Choose the disk or partition that is given away whole.'];
  else if (!/^\/dev\/disk\/by-id\/[A-Za-z0-9][A-Za-z0-9._:+=@-]{0,200}$/.test(path))
    yield ['poolDisk', 'Name it by /dev/disk/by-id/…: other names change from boot to boot.'];
  else {
    const disk = facts.disks.find(({ byId }) => byId === path);
    if (!disk) yield ['poolDisk', 'There is no such disk in this machine.'];
    else if (disk.inUse !== undefined) yield ['poolDisk', `It is in use: ${disk.inUse}. Nothing on it is touched.`];
    else if (disk.size < poolLimits(facts).least) yield ['poolDisk', `At least ${gib(poolLimits(facts).least)}.`];
  }
} // prettier-ignore

function* checkOutside(settings: ApplianceSettings, facts: PlanFacts): Generator<[string, string]> {
  for (const part of ['http', 'https'] as const) {
    const proxy = settings.proxy?.[part];
    if (proxy !== undefined && urlProblem(proxy)) yield [`proxy.${part}`, urlProblem(proxy) ?? ''];
  }
  if (settings.proxy?.no !== undefined && !/^[A-Za-z0-9:/.*_,\s-]*$/.test(settings.proxy.no))
    yield ['proxy.no', 'Names, addresses and ranges, with commas between.'];
  if (settings.mirror !== undefined && urlProblem(settings.mirror)) yield ['mirror', urlProblem(settings.mirror) ?? ''];
  if (settings.ca !== undefined && !isPem(settings.ca))
    yield ['ca', 'Certificates in PEM: text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, no private key.'];
  for (const [index, server] of settings.dns.entries())
    if (nameServers({ dns: [server] }, facts).length === 0)
      yield [`dns.${index}`, `“${printable(server)}” is no IPv4 address that pods can reach.`];
  if (settings.bundle !== undefined && (!settings.bundle.startsWith('/') || hasControl(settings.bundle)))
    yield ['bundle', 'The absolute path of a file on this computer.'];
} // prettier-ignore

function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    return 'An address that starts with http:// or https://.';
  if (!isSafeForEnvironment(text)) return 'It has characters that cannot be passed on; write them as %XX.';
  return undefined;
}
const block = /-----BEGIN CERTIFICATE-----\r?\n(?:[A-Za-z0-9+/=]+\r?\n)+-----END CERTIFICATE-----/g;
/** Certificates with nothing but comments around; a private key must never end up in a world-readable file. */
const isPem = (text: string): boolean => block.test(text) && !text.replaceAll(block, '').includes('-----');

const control = /\p{Cc}/u;
const hasControl = (text: string): boolean => control.test(text);
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?').slice(0, 80);
const gib = (bytes: number): string => `${Math.floor(Math.max(bytes, 0) / 2 ** 30)} GiB`;
