import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { CreateMachineInput } from '../../../main/contract/machine.ts';
import type { CreateText } from './text.ts';

/** Field path as in the contract ("rootDisk.size") -> key of the text that says what to do. */
export type FieldErrors = Record<string, FieldMessage>;
/** `key` is a text of ours; `text` is the target's own words. */
export type FieldMessage = { key: CreateText; values?: Record<string, string | number> } | { text: string };

const own: [RegExp, CreateText][] = [
  [/^name$/, 'error.name'],
  [/^source/, 'error.image'],
  [/^size\.name$/, 'error.size'],
  [/^size\.(sockets|cores|threads)$/, 'error.cpu'],
  [/^size\.memory$/, 'error.memory'],
  [/^rootDisk\.size$/, 'error.diskSize'],
  [/^extraDisks\.\d+\.size$/, 'error.diskSize'],
  [/^extraDisks\.\d+\.name$/, 'error.diskName'],
  [/^network\.(others\.\d+\.)?mac$/, 'error.mac'],
  [/^network\.others\.\d+\.network$/, 'error.network'],
  [/^network\.forwards\.\d+\.guestPort$/, 'error.port'],
  [/^network\.forwards\.\d+\.hostPort$/, 'error.hostPort'],
  [/^cloudInit\.user$/, 'error.user'],
];

export interface Known {
  /** "namespace/name" of all machines. */
  taken: ReadonlySet<string>;
  /** Bytes the image needs at least. */
  minDisk?: number;
  minMemory?: number;
}

/** Everything wrong with the input, by field; empty when it may be sent. */
export function validate(input: CreateMachineInput, known: Known): FieldErrors {
  const errors: FieldErrors = {};
  const parsed = createMachineSchema.safeParse(input);
  for (const issue of parsed.error?.issues ?? []) {
    const path = issue.path.join('.');
    // The host name is the machine's name: one mistake, said once.
    if (path === 'cloudInit.hostname') continue;
    const key = own.find(([pattern]) => pattern.test(path))?.[1];
    errors[path] ??= key ? { key } : { text: issue.message };
  }
  if (known.taken.has(`${input.namespace ?? 'default'}/${input.name}`))
    errors['name'] ??= { key: 'error.nameTaken', values: { name: input.name } };
  if ('image' in input.source && !input.source.image.name) errors['source.image'] = { key: 'error.image' };
  const root = input.rootDisk?.size;
  if (root !== undefined && known.minDisk !== undefined && root < known.minDisk)
    errors['rootDisk.size'] ??= { key: 'error.diskSmall' };
  if (input.source.type !== 'image' && root === undefined) errors['rootDisk.size'] ??= { key: 'error.diskNeeded' };
  diskNames(input, errors);
  macs(input, errors);
  ports(input, errors);
  badKeys(input, errors);
  return errors;
}

function diskNames(input: CreateMachineInput, errors: FieldErrors): void {
  const seen = new Set(['root', 'cloudinit', 'installer']);
  (input.extraDisks ?? []).forEach((disk, at) => {
    if (seen.has(disk.name)) errors[`extraDisks.${at}.name`] ??= { key: 'error.diskNameTaken' };
    seen.add(disk.name);
  });
}

/** Two cards with one address would take each other's packets. */
function macs({ network }: CreateMachineInput, errors: FieldErrors): void {
  const seen = new Set([network?.podNetwork === false ? undefined : network?.mac?.toLowerCase()]);
  (network?.others ?? []).forEach(({ mac }, at) => {
    if (mac === undefined) return;
    if (seen.has(mac.toLowerCase())) errors[`network.others.${at}.mac`] ??= { key: 'error.macTwice' };
    seen.add(mac.toLowerCase());
  });
}

function ports(input: CreateMachineInput, errors: FieldErrors): void {
  const seen = new Set<string>();
  (input.network?.forwards ?? []).forEach((forward, at) => {
    if (forward.hostPort === undefined) return;
    const name = `${forward.protocol ?? 'TCP'} ${forward.hostPort}`;
    if (seen.has(name)) errors[`network.forwards.${at}.hostPort`] ??= { key: 'error.portTwice' };
    seen.add(name);
  });
}

const publicKey = /^(ssh-(rsa|ed25519|dss)|ecdsa-sha2-\S+|sk-\S+) [A-Za-z0-9+/]+=* ?/;
function badKeys(input: CreateMachineInput, errors: FieldErrors): void {
  if (input.cloudInit?.type !== 'form') return;
  const bad = (input.cloudInit.sshKeys ?? []).find((key) => !publicKey.test(key));
  if (bad === undefined) return;
  errors['cloudInit.sshKeys'] = bad.includes('PRIVATE KEY')
    ? { key: 'error.privateKey' }
    : { key: 'error.sshKey', values: { key: bad.slice(0, 24) } };
}

export type Section = 'basics' | 'size' | 'disks' | 'network' | 'devices' | 'cloudInit' | 'advanced';
/** Which part of the form holds a field: it is opened when the field is refused. */
export function sectionOf(path: string): Section {
  if (/^(size|preference)/.test(path)) return 'size';
  if (/^(rootDisk|extraDisks)/.test(path)) return 'disks';
  if (path.startsWith('network')) return 'network';
  if (/^(windows|tpm|pointer|sound)/.test(path)) return 'devices';
  if (path.startsWith('cloudInit')) return 'cloudInit';
  return /^(firmware|runStrategy|start|description|namespace)/.test(path) ? 'advanced' : 'basics';
}

/** The target's refusal as field messages; Kubernetes paths are turned into the form's. */
export function serverErrors(fields: Record<string, string> | undefined): FieldErrors {
  const errors: FieldErrors = {};
  for (const [path, text] of Object.entries(fields ?? {})) errors[formPath(path)] = { text };
  return errors;
}

const kubernetes: [RegExp, string][] = [
  [/metadata\.name$/, 'name'],
  [/metadata\.namespace$/, 'namespace'],
  [/spec\.instancetype/, 'size.name'],
  [/spec\.preference/, 'preference'],
  [/domain\.cpu\.(sockets|cores|threads)/, 'size.$1'],
  [/domain\.(memory|resources)/, 'size.memory'],
  [/domain\.firmware/, 'firmware'],
  [/devices\.tpm/, 'tpm'],
  [/devices\.sound/, 'sound'],
  [/containerDisk/, 'windows.drivers'],
  [/devices\.interfaces.*mac/i, 'network.mac'],
  [/(devices\.interfaces|spec\.networks)/, 'network.model'],
  [/(nodePort|spec\.ports)/, 'network.forwards'],
  [/(dataVolumeTemplates|devices\.disks)/, 'rootDisk.size'],
  [/(cloudInit|userData)/, 'cloudInit.userData'],
  [/(runStrategy|spec\.running)/, 'runStrategy'],
];
function formPath(path: string): string {
  for (const [pattern, field] of kubernetes) {
    const match = pattern.exec(path);
    if (match) return field.replace('$1', match[1] ?? '');
  }
  return path;
}
