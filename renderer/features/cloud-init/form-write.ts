import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, YAMLMap } from 'yaml';
import { configText, openConfig, root, scalarList, scalarText, setList, setScalar } from './document.ts';
import type { Config } from './document.ts';
import { agentCommand, agentPackage, readFiles, readForm, readUsers } from './form.ts';
import type { CloudField, CloudForm, FileForm, UserForm } from './form.ts';

/** The text with these fields changed; what the form does not show, and what it cannot, stays. A text that is no cloud-config comes back as it is. */
export function applyForm(text: string, change: Partial<CloudForm>): string {
  const config = openConfig(text);
  const now = readForm(text);
  if (!config || !now) return text;
  let changed = false;
  for (const field of Object.keys(change) as CloudField[]) {
    const value = change[field];
    if (value === undefined || now.foreign.has(field) || JSON.stringify(value) === JSON.stringify(now.form[field])) continue; // prettier-ignore
    write(config, field, { ...now.form, ...change });
    changed = true;
  }
  return changed ? configText(config) : text;
}

function write(config: Config, field: CloudField, form: CloudForm): void {
  const top = root(config);
  const { document } = config;
  switch (field) {
    case 'hostname':
    case 'timezone':
    case 'locale':
      return setScalar(top, field, form[field]);
    case 'keyboard':
      return setInside(config, 'keyboard', { layout: form.keyboard });
    case 'user': {
      const user = top.get('user', true);
      return isMap(user) ? setScalar(user, 'name', form.user) : setScalar(top, 'user', form.user);
    }
    case 'password':
      setScalar(top, 'password', form.password);
      // Without these the first login asks for another one, and SSH does not take it.
      if (form.password) {
        if (!isMap(top.get('chpasswd', true))) top.set('chpasswd', document.createNode({ expire: false }));
        else setScalar(top.get('chpasswd', true) as unknown as YAMLMap, 'expire', false);
        if (!top.has('ssh_pwauth')) top.set('ssh_pwauth', true);
      }
      return undefined;
    case 'sshKeys':
      return setList(config, top, 'ssh_authorized_keys', form.sshKeys);
    case 'packages':
      if (form.packages.length > 0 && !top.has('package_update')) top.set('package_update', true);
      return setList(config, top, 'packages', form.packages);
    case 'upgrade':
      return setScalar(top, 'package_upgrade', form.upgrade ? true : undefined);
    case 'runcmd':
    case 'bootcmd':
      return setList(config, top, field, form[field]);
    case 'swap':
      if (form.swap && !isMap(top.get('swap', true))) {
        top.set('swap', document.createNode({ filename: '/swap.img', size: form.swap, maxsize: form.swap }));
        return undefined;
      }
      if (form.swap) return setInside(config, 'swap', { size: form.swap, maxsize: form.swap });
      top.delete('swap');
      return undefined;
    case 'growpart':
      return form.growpart ? void top.delete('growpart') : setInside(config, 'growpart', { mode: 'off' });
    case 'agent':
      return writeAgent(config, top, form.agent);
    case 'users':
      return writeUsers(config, top, form.users);
    case 'files':
      return writeFiles(config, top, form.files);
  }
}

function setInside(config: Config, key: string, values: Record<string, string>): void {
  const top = root(config);
  const present = top.get(key, true);
  if (Object.values(values).every((value) => value === '')) {
    top.delete(key);
    return;
  }
  if (!isMap(present)) top.set(key, config.document.createNode(values));
  else for (const [name, value] of Object.entries(values)) setScalar(present, name, value);
}

function writeAgent(config: Config, top: YAMLMap, on: boolean): void {
  const packages = scalarList(top.get('packages', true));
  const commands = scalarList(top.get('runcmd', true));
  if (packages) {
    const others = packages.filter((each) => each !== agentPackage);
    if (on && !top.has('package_update')) top.set('package_update', true);
    setList(config, top, 'packages', on ? [...others, agentPackage] : others);
  }
  if (commands) {
    const others = commands.filter((each) => each !== agentCommand);
    setList(config, top, 'runcmd', on ? [...others, agentCommand] : others);
  }
}

function writeUsers(config: Config, top: YAMLMap, users: readonly UserForm[]): void {
  const present = top.get('users', true);
  const items: unknown[] = isSeq(present) ? present.items : [];
  // Names without settings ("default") stay where they are, before the users of the form.
  const next: unknown[] = items.filter((item) => isScalar(item));
  if (!isSeq(present)) next.push(config.document.createNode('default'));
  for (const user of users) {
    const known = items[user.at];
    const node = isMap(known) ? known : (config.document.createNode({}) as YAMLMap);
    const before = readUsers(present)?.find((each) => each.at === user.at);
    setScalar(node, 'name', user.name);
    if (!before || before.sudo !== user.sudo) setScalar(node, 'sudo', user.sudo ? 'ALL=(ALL) NOPASSWD:ALL' : undefined);
    if (before?.shell !== user.shell) setScalar(node, 'shell', user.shell);
    if (before?.groups !== user.groups) setGroups(config, node, user.groups);
    if ((before?.hash ?? '') !== user.hash) {
      node.delete('plain_text_passwd');
      node.delete('hashed_passwd');
      setScalar(node, 'passwd', user.hash);
      setScalar(node, 'lock_passwd', user.hash ? false : undefined);
    }
    if (JSON.stringify(before?.keys ?? []) !== JSON.stringify(user.keys))
      setList(config, node, 'ssh_authorized_keys', user.keys);
    next.push(node);
  }
  const bare = users.length === 0 && next.every((item) => scalarText(item) === 'default');
  setItems(config, top, 'users', bare ? [] : next);
}
const setGroups = (config: Config, node: YAMLMap, groups: string): void =>
  setList(config, node, 'groups', groups.split(/[\s,]+/).filter(Boolean)); // prettier-ignore

function writeFiles(config: Config, top: YAMLMap, files: readonly FileForm[]): void {
  const present = top.get('write_files', true);
  const items: unknown[] = isSeq(present) ? present.items : [];
  const before = readFiles(present) ?? [];
  const next = files.map((file) => {
    const known = items[file.at];
    const node = isMap(known) ? known : (config.document.createNode({}) as YAMLMap);
    const was = before.find((each) => each.at === file.at);
    if (was?.path !== file.path) setScalar(node, 'path', file.path);
    if (was?.permissions !== file.permissions) setQuoted(config, node, 'permissions', file.permissions);
    if (was?.owner !== file.owner) setScalar(node, 'owner', file.owner);
    if (!file.coded && was?.content !== file.content) {
      // Always there, even empty: an empty file is a file.
      const content = config.document.createNode(file.content);
      if (file.content.includes('\n')) (content as unknown as { type: string }).type = 'BLOCK_LITERAL';
      node.set('content', content);
    }
    return node;
  });
  setItems(config, top, 'write_files', next);
}
/** A text that would be read as a number stands in quotes. */
function setQuoted(config: Config, node: YAMLMap, key: string, value: string): void {
  if (value === '') {
    node.delete(key);
    return;
  }
  const scalar = config.document.createNode(value);
  (scalar as unknown as { type: string }).type = 'QUOTE_SINGLE';
  node.set(key, scalar);
}
function setItems(config: Config, top: YAMLMap, key: string, items: unknown[]): void {
  if (items.length === 0) {
    top.delete(key);
    return;
  }
  const present = top.get(key, true);
  if (isSeq(present)) present.items = items as Node[];
  else {
    const made = config.document.createNode([]);
    (made as unknown as { items: unknown[] }).items = items;
    (made as unknown as { flow?: boolean }).flow = false;
    top.set(key, made);
  }
}
