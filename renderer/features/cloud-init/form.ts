import { isMap, isScalar, isSeq } from 'yaml';
import { nodeAt, openConfig, scalarList, scalarText } from './document.ts';

export interface UserForm {
  /** Its place in the text's list; -1 for a new one. */
  at: number;
  name: string;
  /** Hash of the password, as it stands in the text. */
  hash: string;
  keys: string[];
  sudo: boolean;
  shell: string;
  groups: string;
}
export interface FileForm {
  at: number;
  path: string;
  content: string;
  permissions: string;
  owner: string;
  /** The content is coded (encoding) and not shown. */
  coded: boolean;
}
/** What the form shows of a cloud-config. Everything else of the text stays in the text. */
export interface CloudForm {
  hostname: string;
  timezone: string;
  locale: string;
  keyboard: string;
  /** Name of the image's own user. */
  user: string;
  /** Its password as it stands in the text: a hash where the form wrote it. */
  password: string;
  sshKeys: string[];
  users: UserForm[];
  packages: string[];
  upgrade: boolean;
  files: FileForm[];
  runcmd: string[];
  bootcmd: string[];
  /** Size such as "1G"; empty: none. */
  swap: string;
  /** The root file system grows with its disk (cloud-init's default). */
  growpart: boolean;
  agent: boolean;
}
export type CloudField = keyof CloudForm;
export interface ReadForm {
  form: CloudForm;
  /** Fields that the text writes in a way the form cannot show; they are left alone. */
  foreign: ReadonlySet<CloudField>;
}

export const agentPackage = 'qemu-guest-agent';
export const agentCommand = 'systemctl enable --now qemu-guest-agent || rc-service qemu-guest-agent start';

const emptyForm: CloudForm = {
  hostname: '', timezone: '', locale: '', keyboard: '', user: '', password: '', sshKeys: [], users: [], packages: [], upgrade: false,
  files: [], runcmd: [], bootcmd: [], swap: '', growpart: true, agent: false,
}; // prettier-ignore

/** What the form shows of a text; undefined where it is no cloud-config (or not right YAML). */
export function readForm(text: string): ReadForm | undefined {
  const config = openConfig(text);
  if (!config) return undefined;
  const foreign = new Set<CloudField>();
  const form: CloudForm = { ...emptyForm };
  const take = <F extends CloudField>(field: F, value: CloudForm[F] | undefined | null): void => {
    if (value === null) foreign.add(field);
    else if (value !== undefined) form[field] = value;
  };
  const at = (key: string): unknown => nodeAt(config, key);
  const list = (field: 'sshKeys' | 'packages' | 'runcmd' | 'bootcmd', key: string): void => {
    const texts = scalarList(at(key));
    // A command of several lines is no line of the form.
    take(field, texts?.some((each) => each.includes('\n')) ? null : (texts ?? null));
  };
  for (const field of ['hostname', 'timezone', 'locale', 'password'] as const) take(field, scalarText(at(field)));
  const keyboard = at('keyboard');
  take('keyboard', keyboard === undefined ? undefined : isMap(keyboard) ? (scalarText(keyboard.get('layout', true)) ?? null) : null); // prettier-ignore
  const user = at('user');
  take('user', isMap(user) ? (scalarText(user.get('name', true)) ?? null) : scalarText(user));
  list('sshKeys', 'ssh_authorized_keys');
  list('packages', 'packages');
  list('runcmd', 'runcmd');
  list('bootcmd', 'bootcmd');
  const upgrade = scalarText(at('package_upgrade'));
  take('upgrade', upgrade === null ? null : upgrade === 'true');
  const swap = at('swap');
  take('swap', swap === undefined ? undefined : isMap(swap) ? (scalarText(swap.get('size', true)) ?? null) : null);
  const growpart = at('growpart');
  take('growpart', growpart === undefined ? undefined : isMap(growpart) ? !['off', 'false'].includes(scalarText(growpart.get('mode', true)) ?? '') : null); // prettier-ignore
  take('users', readUsers(at('users')));
  take('files', readFiles(at('write_files')));
  form.agent = form.packages.includes(agentPackage);
  if (foreign.has('packages')) foreign.add('agent');
  return { form, foreign };
}

/** Users of a list; null where the form cannot show them. */
export function readUsers(node: unknown): UserForm[] | undefined | null {
  if (node === undefined || node === null) return undefined;
  if (!isSeq(node)) return null;
  const users: UserForm[] = [];
  for (const [at, item] of node.items.entries()) {
    if (isScalar(item)) continue;
    if (!isMap(item)) return null;
    const text = (key: string): string => scalarText(item.get(key, true)) ?? '';
    const groups = item.get('groups', true);
    const keys = scalarList(item.get('ssh_authorized_keys', true));
    if (keys === undefined) return null;
    const sudo = item.get('sudo', true);
    users.push({
      at,
      name: text('name'),
      hash: text('passwd') || text('hashed_passwd'),
      keys,
      sudo: sudo !== undefined && scalarText(sudo) !== 'false' && scalarText(sudo) !== undefined,
      shell: text('shell'),
      groups: isSeq(groups) ? (scalarList(groups) ?? []).join(', ') : (scalarText(groups) ?? ''),
    });
  }
  return users;
}

/** Files of a list; null where the form cannot show them. */
export function readFiles(node: unknown): FileForm[] | undefined | null {
  if (node === undefined || node === null) return undefined;
  if (!isSeq(node) || !node.items.every((item) => isMap(item))) return null;
  return node.items.map((item, at) => {
    const text = (key: string): string => scalarText(item.get(key, true)) ?? '';
    return { at, path: text('path'), content: text('content'), permissions: text('permissions'), owner: text('owner'), coded: text('encoding') !== '' && text('encoding') !== 'text/plain' }; // prettier-ignore
  });
}
