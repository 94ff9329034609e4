import type { YamlFinding } from '../../contract/machine.ts';
import type { CheckedYaml } from '../machines/yaml-check.ts';
import { isHash } from './crypt.ts';

type Config = Record<string, unknown>;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const map = (value: unknown): Config | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Config) : undefined;
const truthy = (value: unknown): boolean => value !== undefined && value !== null && value !== '' && value !== false;

const keyShape =
  /^(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)\s+[A-Za-z0-9+/=]{16,}/;
/** A public key, with or without options before it. */
export const isPublicKey = (text: string): boolean =>
  keyShape.test(text.trim().replace(/^(?:[\w-]+(?:="[^"]*")?,?)+\s+(?=ssh-|ecdsa-|sk-)/, ''));

/** What no schema can tell about logging in: passwords in clear text, keys that are none, users whom nobody could be. Pure. */
export function loginFindings(checked: CheckedYaml, config: Config): YamlFinding[] {
  return [
    ...keyFindings(checked, config['ssh_authorized_keys'], ['ssh_authorized_keys']),
    ...passwordFindings(checked, config),
    ...userFindings(checked, config),
    ...wayIn(checked, config),
  ];
}

function keyFindings(checked: CheckedYaml, keys: unknown, path: (string | number)[]): YamlFinding[] {
  return list(keys).flatMap((key, index) => {
    if (typeof key !== 'string' || isPublicKey(key)) return [];
    const at = [...path, index];
    return key.includes('PRIVATE KEY')
      ? [checked.at('error', at, 'This is a private key. Never give it away: the public one ends in .pub.')]
      : [checked.at('warning', at, 'This does not look like a public key (ssh-ed25519 AAAA... name).')];
  });
}

const clear = 'A password in clear text: everybody who can read the Secret, and the guest\'s own logs, can read it. Use a hash ($6$...), which the form makes.'; // prettier-ignore

function passwordFindings(checked: CheckedYaml, config: Config): YamlFinding[] {
  const findings: YamlFinding[] = [];
  const chpasswd = map(config['chpasswd']);
  const warn = (value: unknown, path: (string | number)[]): void => {
    if (typeof value === 'string' && value !== '' && !isHash(value)) findings.push(checked.at('warning', path, clear));
  };
  warn(config['password'], ['password']);
  for (const [index, user] of list(config['users']).entries())
    warn(map(user)?.['plain_text_passwd'], ['users', index, 'plain_text_passwd']);
  warn(map(config['user'])?.['plain_text_passwd'], ['user', 'plain_text_passwd']);
  for (const [index, each] of list(chpasswd?.['users']).entries())
    if (map(each)?.['type'] === 'text') warn(map(each)?.['password'], ['chpasswd', 'users', index, 'password']);
  const lines = typeof chpasswd?.['list'] === 'string' ? chpasswd['list'].split('\n') : list(chpasswd?.['list']);
  if (
    lines.some(
      (line) => typeof line === 'string' && line.includes(':') && !isHash(line.slice(line.indexOf(':') + 1).trim()),
    )
  )
    // prettier-ignore
    findings.push(checked.at('warning', ['chpasswd', 'list'], clear));
  if (truthy(config['password']) && chpasswd?.['expire'] !== false)
    findings.push(
      checked.at('warning', ['password'], 'The guest will ask for a new password at the first login; "chpasswd: {expire: false}" prevents it.'),
    ); // prettier-ignore
  return findings;
}

function userFindings(checked: CheckedYaml, config: Config): YamlFinding[] {
  const findings: YamlFinding[] = [];
  const all: [Config, (string | number)[]][] = list(config['users']).flatMap((each, index) => {
    const user = map(each);
    return user ? [[user, ['users', index]]] : [];
  });
  const main = map(config['user']);
  if (main) all.push([main, ['user']]);
  for (const [user, path] of all) {
    findings.push(...keyFindings(checked, user['ssh_authorized_keys'], [...path, 'ssh_authorized_keys']));
    const hash = user['passwd'] ?? user['hashed_passwd'];
    if (typeof hash === 'string' && hash !== '' && !isHash(hash))
      findings.push(checked.at('error', [...path, user['passwd'] === undefined ? 'hashed_passwd' : 'passwd'], 'This must be a hash such as $6$...: a password in clear text here lets nobody in.')); // prettier-ignore
    if ((truthy(hash) || truthy(user['plain_text_passwd'])) && user['lock_passwd'] !== false)
      findings.push(checked.at('warning', path, `${nameOf(user)}'s password is locked unless "lock_passwd: false" stands here too.`)); // prettier-ignore
    if (path[0] !== 'users' || truthy(user['system'])) continue;
    const keys = list(user['ssh_authorized_keys']).length > 0 || truthy(user['ssh_import_id']) || truthy(user['ssh_redirect_user']); // prettier-ignore
    if (!keys && !truthy(hash) && !truthy(user['plain_text_passwd']) && !inChpasswd(config, user['name']))
      findings.push(checked.at('warning', path, `${nameOf(user)} has no password and no SSH key: nobody could log in as this user.`)); // prettier-ignore
  }
  return findings;
}
const nameOf = (user: Config): string => (typeof user['name'] === 'string' ? `"${user['name']}"` : 'This user');

function inChpasswd(config: Config, name: unknown): boolean {
  const chpasswd = map(config['chpasswd']);
  const lines = typeof chpasswd?.['list'] === 'string' ? chpasswd['list'].split('\n') : list(chpasswd?.['list']);
  return (
    list(chpasswd?.['users']).some((each) => map(each)?.['name'] === name) ||
    lines.some((line) => typeof line === 'string' && line.startsWith(`${String(name)}:`))
  );
}

/** With users named and none of them reachable as an administrator, the machine may be closed for good. */
function wayIn(checked: CheckedYaml, config: Config): YamlFinding[] {
  if (!Array.isArray(config['users'])) return [];
  const users = config['users'];
  const defaultUser = users.includes('default') || config['user'] !== undefined;
  const chpasswd = map(config['chpasswd']);
  if (users.length === 0 && !truthy(config['password']) && !chpasswd)
    return [checked.at('warning', ['users'], 'No user at all, not even the image\'s own: you could not log in.')]; // prettier-ignore
  if (defaultUser || chpasswd) return [];
  const admin = users.some((each) => {
    const user = map(each);
    const groups = typeof user?.['groups'] === 'string' ? user['groups'].split(/[\s,]+/) : list(user?.['groups']);
    return (
      user !== undefined &&
      (truthy(user['sudo']) || truthy(user['doas']) || user['name'] === 'root' || groups.some((group) => ['sudo', 'wheel', 'admin'].includes(String(group)))) // prettier-ignore
    );
  });
  if (admin) return [];
  return [
    checked.at('warning', ['users'], 'None of these users may use sudo, and the image\'s own user ("default") is left out: nobody could administer the machine.'), // prettier-ignore
  ];
}
