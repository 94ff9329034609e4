import type { YamlFinding } from '../../contract/machine.ts';
import { checkSyntax } from './yaml-check.ts';
import type { CheckedYaml } from './yaml-check.ts';

type Type = 'text' | 'flag' | 'number' | 'list' | 'map' | 'any';
/** Top-level keys of cloud-config (cloud-init 24, schema-cloud-config-v1.json) and what they may be. */
const keys: Readonly<Record<string, readonly Type[]>> = {
  ansible: ['map'], apk_repos: ['map'], apt: ['map'], apt_pipelining: ['any'], autoinstall: ['map'], bootcmd: ['list'],
  byobu_by_default: ['text'], ca_certs: ['map'], chef: ['map'], chpasswd: ['map'], cloud_config_modules: ['list'],
  cloud_final_modules: ['list'], cloud_init_modules: ['list'], create_hostname_file: ['flag'], device_aliases: ['map'],
  datasource: ['map'], datasource_list: ['list'], debug: ['any'], disable_ec2_metadata: ['flag'], disable_root: ['flag'], disable_root_opts: ['text'],
  disk_setup: ['map'], drivers: ['map'], fan: ['map'], final_message: ['text'], fqdn: ['text'], fs_setup: ['list'],
  groups: ['any'], growpart: ['map'], grub_dpkg: ['map'], hostname: ['text'], keyboard: ['map'], landscape: ['map'],
  launch_index: ['number'], locale: ['any'], locale_configfile: ['text'], lxd: ['map'], manage_etc_hosts: ['any'], manage_resolv_conf: ['flag'],
  mcollective: ['map'], merge_how: ['any'], merge_type: ['any'], migrate: ['flag'], mount_default_fields: ['list'], mounts: ['list'],
  network: ['map'], no_ssh_fingerprints: ['flag'], ntp: ['any'], output: ['map'], package_reboot_if_required: ['flag'],
  package_update: ['flag'], package_upgrade: ['flag'], packages: ['list'], password: ['text'], phone_home: ['map'], power_state: ['map'],
  prefer_fqdn_over_hostname: ['flag'], preserve_hostname: ['flag'], puppet: ['map'], random_seed: ['map'], redhat_subscription: ['map'], reporting: ['map'],
  resize_rootfs: ['any'], resolv_conf: ['map'], rh_subscription: ['map'], rpi: ['map'], rsyslog: ['map'], runcmd: ['list'],
  salt_minion: ['map'], snap: ['map'], spacewalk: ['map'], ssh: ['map'], ssh_authorized_keys: ['list'], ssh_deletekeys: ['flag'],
  ssh_fp_console_blacklist: ['list'], ssh_genkeytypes: ['list'], ssh_import_id: ['list'], ssh_key_console_blacklist: ['list'], ssh_keys: ['map'], ssh_publish_hostkeys: ['map'],
  ssh_pwauth: ['any'], ssh_quiet_keygen: ['flag'], swap: ['map'], system_info: ['map'], timezone: ['text'], ubuntu_advantage: ['map'], ubuntu_pro: ['map'],
  updates: ['map'], user: ['any'], users: ['any'], vendor_data: ['map'], version: ['any'], wireguard: ['map'], write_files: ['list'], yum_repo_dir: ['text'],
  yum_repos: ['map'], zypper: ['map'],
}; // prettier-ignore
const words: Record<Type, string> = {
  text: 'text',
  flag: 'true or false',
  number: 'a number',
  list: 'a list',
  map: 'a mapping',
  any: 'anything',
};
const usual = ['hostname', 'user', 'users', 'password', 'chpasswd', 'ssh_authorized_keys', 'ssh_pwauth', 'packages', 'package_update', 'runcmd', 'bootcmd', 'write_files', 'timezone', 'locale', 'mounts', 'network']; // prettier-ignore

function typeOf(value: unknown): Type {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'boolean') return 'flag';
  if (typeof value === 'number') return 'number';
  return typeof value === 'object' && value !== null ? 'map' : 'text';
}

/** Number of edits between two short words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, x] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, y] of [...b].entries())
      next.push(Math.min((row[j] ?? 0) + (x === y ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    row = next;
  }
  return row[b.length] ?? 0;
}

/** What is wrong with user data before a guest ever sees it: cloud-init itself would only write it to a log inside. Pure. */
export function checkCloudInit(text: string): YamlFinding[] {
  const start = (severity: YamlFinding['severity'], message: string): YamlFinding[] => [
    { severity, message, line: 1, column: 1 },
  ];
  if (text.trim() === '') return [];
  if (
    text.startsWith('#!') ||
    /^#(include|cloud-boothook|part-handler|upstart-job)/.test(text) ||
    /^Content-Type:/i.test(text)
  )
    return [];
  if (text.startsWith('## template:')) return start('warning', 'A template: it is checked only inside the guest.');
  const checked = checkSyntax(text);
  const findings = [...checked.findings];
  if (!/^#cloud-config\b/.test(text))
    findings.push(
      ...start('error', 'The first line must be #cloud-config: without it cloud-init ignores all of this.'),
    );
  if (checked.value === undefined) return findings;
  if (typeOf(checked.value) !== 'map' || checked.value === null) {
    if (checked.value !== null)
      findings.push(...start('error', 'A cloud-config is a mapping of keys, e.g. "hostname: web".'));
    return findings;
  }
  const config = checked.value as Record<string, unknown>;
  for (const [key, value] of Object.entries(config)) {
    const types = keys[key];
    const type = typeOf(value);
    if (!types) {
      const near = [...usual, ...Object.keys(keys)].find((each) => distance(each, key) <= 2);
      const dashed = keys[key.replaceAll('-', '_')] ? key.replaceAll('-', '_') : near;
      findings.push(
        checked.at('warning', [key], `cloud-init knows no key "${key}"${dashed ? `; did you mean "${dashed}"?` : ''}.`),
      );
    } else if (value === null) findings.push(checked.at('warning', [key], `"${key}" is empty.`));
    else if (!types.includes('any') && !types.includes(type) && !(types.includes('text') && type === 'number'))
      findings.push(
        checked.at(
          'error',
          [key],
          `"${key}" must be ${types.map((each) => words[each]).join(' or ')}, not ${words[type]}.`,
        ),
      );
  }
  findings.push(...deeper(checked, config));
  return findings;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const keyShape =
  /^(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)\s+[A-Za-z0-9+/=]{16,}/;

function deeper(checked: CheckedYaml, config: Record<string, unknown>): YamlFinding[] {
  const findings: YamlFinding[] = [];
  for (const field of ['runcmd', 'bootcmd'])
    for (const [index, item] of list(config[field]).entries())
      if (typeOf(item) === 'map' || typeOf(item) === 'flag' || typeOf(item) === 'number')
        findings.push(
          checked.at(
            'error',
            [field, index],
            'A command is text or a list of texts. Put it in quotes: a colon makes a mapping of it.',
          ),
        );
  for (const [index, item] of list(config['write_files']).entries())
    if (typeOf(item) !== 'map' || typeof (item as Record<string, unknown>)['path'] !== 'string')
      findings.push(checked.at('error', ['write_files', index], 'A file needs a "path".'));
    else if (typeof (item as Record<string, unknown>)['permissions'] === 'number')
      findings.push(
        checked.at(
          'warning',
          ['write_files', index, 'permissions'],
          "Put permissions in quotes ('0644'): as a number it means something else.",
        ),
      );
  for (const [index, item] of list(config['ssh_authorized_keys']).entries())
    if (
      typeof item !== 'string' ||
      !keyShape.test(item.trim().replace(/^(?:[\w-]+(?:="[^"]*")?,?)+\s+(?=ssh-|ecdsa-|sk-)/, ''))
    )
      findings.push(
        checked.at(
          'warning',
          ['ssh_authorized_keys', index],
          'This does not look like a public key (ssh-ed25519 AAAA... name).',
        ),
      );
  for (const [index, item] of list(config['users']).entries())
    if (item !== 'default' && typeOf(item) === 'map' && typeof (item as Record<string, unknown>)['name'] !== 'string')
      findings.push(checked.at('error', ['users', index], 'A user needs a "name".'));
  if (
    config['password'] !== undefined &&
    (config['chpasswd'] as Record<string, unknown> | undefined)?.['expire'] !== false
  )
    findings.push(
      checked.at(
        'warning',
        ['password'],
        'The guest will ask for a new password at the first login; "chpasswd: {expire: false}" prevents it.',
      ),
    );
  return findings;
}
