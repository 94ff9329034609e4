import { parse } from 'yaml';
import { cloudInitYaml } from '../../contract/cloud-init.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { snippetLabel } from '../cloud-init/snippets.ts';
import { createRedactor } from '../redact/redact.ts';
import { redactText } from '../redact/text.ts';
import { pickList } from '../target/pick.ts';
import { templateLabel } from '../templates/store.ts';
import { withoutSecrets } from '../templates/user-data.ts';
import { leftOut } from './words.ts';

type Json = Record<string, unknown>;
/** Names whose values nobody should read in a repository. Wider than what logs black out: a file may leave out too much. */
const secretNames = /pass|pwd|key|auth|cred|secret|token|salt|dsn/i;
/** What a command line with a secret in it looks like: an option named so, `-pWORD`, `-u me:word`, `echo me:word | …`. */
const telling = /pass|pwd|secret|token|key|auth|cred|(?:^|\s)-p[^\s]|(?:^|\s)(?:-u|--user)[ =]?[^\s:]+:[^\s]|[\w-]:[^\s/|]+["']?\s*\|/i; // prettier-ignore
const mayTell = (text: string): boolean => redactText(text) !== text || telling.test(text);
/** Lists that are one command line, and texts of which parts are one. */
const commandLists: ReadonlySet<string> = new Set(['command', 'args']);
const commandTexts: ReadonlySet<string> = new Set(['kernelArgs', 'hooks.kubevirt.io/hookSidecars']);

/** Keys of a cloud-config that say nothing secret but under names that are known; what runs commands or writes files is not here. */
const plainKeys: ReadonlySet<string> = new Set([
  'hostname', 'fqdn', 'prefer_fqdn_over_hostname', 'preserve_hostname', 'create_hostname_file', 'manage_etc_hosts', 'users', 'user', 'groups', 'password', 'chpasswd', 'disable_root',
  'ssh_authorized_keys', 'ssh_import_id', 'ssh_pwauth', 'ssh_deletekeys', 'ssh_genkeytypes', 'ssh_quiet_keygen', 'allow_public_ssh_keys', 'no_ssh_fingerprints', 'packages',
  'package_update', 'package_upgrade', 'package_reboot_if_required', 'timezone', 'locale', 'keyboard', 'ntp', 'growpart', 'resize_rootfs', 'swap', 'final_message',
]); // prettier-ignore

/** Every text that is a secret, or may hold one, is left out as a whole; so is a command line that may. Pure. */
export function withoutAnySecret(object: KubeObject): KubeObject {
  const redacted = createRedactor().object(object);
  const { labels, name = '' } = object.metadata;
  // These are asked about before as texts: where they stand says nothing of them.
  const told = new Map<unknown, Json>();
  if (object.kind === 'ConfigMap') {
    const ours = [templateLabel, snippetLabel].some((label) => labels?.[label] !== undefined);
    // Any other one is in a set because a machine has it as a disk.
    const safe = ours ? isSafeText : (text: string): boolean => isSafeUserData(text, name);
    told.set(object['data'], eachText(object['data'], safe));
    told.set(
      object['binaryData'],
      eachText(object['binaryData'], (text) => safe(fromBase64(text))),
    );
  }
  for (const volume of pickList(object, 'spec', 'template', 'spec', 'volumes'))
    for (const source of ['cloudInitNoCloud', 'cloudInitConfigDrive']) {
      const data = volume[source];
      if (typeof data === 'object' && data !== null)
        told.set(
          data,
          eachText(data, (text, key) => isSafeData(text, key, name)),
        );
    }
  told.delete(undefined);
  return hide(object, redacted, told) as KubeObject;
}

const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
const eachText = (data: unknown, safe: (text: string, key: string) => boolean): Json =>
  Object.fromEntries(
    Object.entries((data ?? {}) as Json).map(([key, value]) => [key, typeof value === 'string' && !safe(value, key) ? leftOut : value]), // prettier-ignore
  );

/** What is asked for in capitals is filled in later, and no secret. */
function isSafeText(text: string): boolean {
  const asked = text.replaceAll(/\$\{[A-Z][A-Z0-9_]*\}/g, 'null');
  if (redactText(asked) !== asked) return false;
  if (!/\b(?:runcmd|bootcmd|write_files)\b/.test(asked)) return true;
  const plain = /ssh[-_]authorized[-_]keys|ssh-(?:ed25519|rsa) |lock_passwd|ssh_pwauth|:\s*["']?null["']?\s*$/;
  return !asked.split('\n').some((line) => !plain.test(line) && mayTell(line));
}

function isSafeData(text: string, key: string, machine: string): boolean {
  const plain = key.endsWith('Base64') ? fromBase64(text) : text;
  return key.startsWith('userData') ? isSafeUserData(plain, machine) : redactText(plain) === plain;
}

/** Anything but a cloud-config whose every key is known may hold what nobody can tell from a secret. */
function isSafeUserData(text: string, machine: string): boolean {
  if (redactText(text) !== text || withoutSecrets(text, machine)?.parameters.length !== 0) return false;
  const config = (parse(text, cloudInitYaml) ?? {}) as unknown;
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return false;
  return Object.keys(config).every((key) => plainKeys.has(key));
}

function hide(value: unknown, redacted: unknown, told: ReadonlyMap<unknown, Json>, at = ''): unknown {
  const known = told.get(value);
  if (known) return known;
  if (typeof value === 'string')
    return value !== redacted || (commandTexts.has(at) && mayTell(value)) ? leftOut : value;
  if (Array.isArray(value)) {
    const isCommand = commandLists.has(at) && value.every((each) => typeof each === 'string');
    if (isCommand && mayTell(value.join(' '))) return leftOut;
    return value.map((inner, index) => hide(inner, (redacted as unknown[])[index], told));
  }
  if (typeof value !== 'object' || value === null) return value;
  const { name, value: given } = value as Json;
  const secret = typeof name === 'string' && typeof given === 'string' && given !== '' && secretNames.test(name);
  const shown = Object.entries(value).map(([key, inner]) => [key, hide(inner, (redacted as Json)[key], told, key)]);
  return Object.fromEntries(secret ? [...shown, ['value', leftOut]] : shown);
}
