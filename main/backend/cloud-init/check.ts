import { parseDocument } from 'yaml';
import { cloudInitYaml } from '../../contract/cloud-init.ts';
import type { CloudInitCheck, UserDataFormat } from '../../contract/cloud-init.ts';
import type { YamlFinding } from '../../contract/machine.ts';
import { checkSyntax } from '../machines/yaml-check.ts';
import type { CheckedYaml } from '../machines/yaml-check.ts';
import type { CheckContext } from './context.ts';
import { formatNotes, formatOf } from './format.ts';
import { loginFindings } from './login.ts';
import { near } from './near.ts';
import { checkNetwork } from './network.ts';
import { checkSchema, keysOf } from './schema.ts';
import { starterHarmless, starterKeys, starterUserKeys } from './starter.ts';
import { placeOf, secretLimit } from './place.ts';

/** Everything that can be said of user data and network data before a guest sees them. Pure. */
export function checkCloudInitData(userData: string, networkData: string, context: CheckContext = {}): CloudInitCheck {
  const format = formatOf(userData);
  const bytes = Buffer.byteLength(userData);
  const user = checkUserData(userData, context);
  const total = bytes + Buffer.byteLength(networkData);
  if (total > secretLimit)
    user.push(first('error', `${Math.ceil(total / 1024)} KiB are more than a Secret can hold (1 MiB).`));
  else if (bytes > 16 * 1024)
    user.push(first('warning', 'More than 16 KiB: some clouds take no more. Here it works, from a Secret.'));
  return {
    format,
    bytes,
    place: placeOf(userData, networkData),
    userData: user,
    networkData: networkData.trim() === '' ? [] : checkNetwork(networkData, context),
  };
}

const first = (severity: YamlFinding['severity'], message: string): YamlFinding => ({
  severity,
  message,
  line: 1,
  column: 1,
});

/** What is wrong with user data: cloud-init itself would only write it to a log inside. Pure. */
export function checkUserData(text: string, context: CheckContext = {}): YamlFinding[] {
  const format = formatOf(text);
  const note = formatNotes[format];
  if (format === 'empty' || note !== undefined) return note === undefined ? [] : unsupported(format, context);
  if (format === 'jinja')
    return [
      first('warning', 'A jinja template: it becomes cloud-config only inside the guest. Keys and types are not checked here.'),
      ...unsupported(format, context),
    ]; // prettier-ignore
  if (/^#cloud-config-(archive|jsonp)/.test(text)) return checkSyntax(text, cloudInitYaml).findings;
  const findings = tabs(text);
  const checked = checkSyntax(text, cloudInitYaml);
  // A tab is why the parser stumbles: once is enough.
  findings.push(...checked.findings.filter(({ line }) => !findings.some((each) => each.line === line)));
  if (format === 'unknown') findings.unshift(headerFinding(text));
  if (checked.value === undefined || findings.some((each) => each.severity === 'error' && each.line > 1))
    return findings;
  const config = checked.value;
  if (typeof config !== 'object' || Array.isArray(config)) {
    findings.push(first('error', 'A cloud-config is a mapping of keys, e.g. "hostname: web".'));
    return findings;
  }
  if (config === null) return findings;
  findings.push(...checkConfig(checked, config as Record<string, unknown>, context));
  return findings;
}

function unsupported(format: UserDataFormat, { starter }: CheckContext): YamlFinding[] {
  if (!starter || format === 'script') return [];
  return [first('error', 'The starter image takes #cloud-config and scripts only.')];
}

function headerFinding(text: string): YamlFinding {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => /^\s*#cloud-config\b/.test(line.replace(/^\uFEFF/, '')));
  if (at < 0) return first('error', 'The first line must be #cloud-config: without it cloud-init ignores all of this.');
  return {
    severity: 'error',
    message: '#cloud-config must be the very first line, with nothing before it: as it stands cloud-init ignores all of this.', // prettier-ignore
    line: at + 1,
    column: 1,
  };
}

/** Tabs at the start of a line, outside of block texts, are no indentation in YAML. */
function tabs(text: string): YamlFinding[] {
  if (!text.includes('\t')) return [];
  const broken = parseDocument(text, { prettyErrors: false }).errors.some((error) => error.code === 'TAB_AS_INDENT' || error.code === 'BAD_INDENT'); // prettier-ignore
  if (!broken) return [];
  return text.split('\n').flatMap((line, index) => {
    const column = /^ *\t/.exec(line)?.[0].length;
    return column === undefined ? [] : [{ severity: 'error' as const, message: 'A tab indents this line: YAML takes spaces only.', line: index + 1, column }]; // prettier-ignore
  });
}

/** Keys that people write most come first in suggestions. */
const usual = ['hostname', 'user', 'users', 'password', 'chpasswd', 'ssh_authorized_keys', 'ssh_pwauth', 'packages', 'package_update', 'runcmd', 'bootcmd', 'write_files', 'timezone', 'locale', 'mounts', 'network']; // prettier-ignore

function checkConfig(checked: CheckedYaml, config: Record<string, unknown>, context: CheckContext): YamlFinding[] {
  const findings: YamlFinding[] = [];
  const empty = new Set<string>();
  for (const [key, value] of Object.entries(config))
    if (value === null) {
      empty.add(key);
      findings.push(checked.at('warning', [key], `"${key}" is empty.`));
    }
  for (const finding of checkSchema('cloud-config-v1', config)) {
    const [top] = finding.path;
    if (typeof top === 'string' && empty.has(top)) continue;
    if (finding.path.length === 1 && finding.unknownKey !== undefined) {
      const key = finding.unknownKey;
      const meant = near(key, [...usual, ...keysOf('cloud-config-v1')]);
      findings.push(checked.at('warning', [key], `cloud-init knows no key "${key}"${meant ? `; did you mean "${meant}"?` : ''}.`)); // prettier-ignore
    } else findings.push(checked.at(finding.severity, finding.path, better(finding.path, finding.message)));
  }
  findings.push(...loginFindings(checked, config));
  if (context.starter) findings.push(...starterFindings(checked, config));
  return findings.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Where the reason is known better than the schema says it. */
function better(path: readonly (string | number)[], message: string): string {
  const [top, index] = path;
  if ((top === 'runcmd' || top === 'bootcmd') && path.length === 2 && typeof index === 'number')
    return 'A command is text or a list of texts. Put it in quotes: a colon makes a mapping of it.';
  if (top === 'write_files' && /"path" is missing/.test(message)) return 'A file needs a "path".';
  if (top === 'write_files' && path.at(-1) === 'permissions')
    return "Put permissions in quotes ('0644'): as a number it means something else.";
  if (top === 'users' && /"name".* is missing/.test(message)) return 'A user needs a "name".';
  return message;
}

function starterFindings(checked: CheckedYaml, config: Record<string, unknown>): YamlFinding[] {
  const findings: YamlFinding[] = [];
  const honours = `The starter image honours only ${starterKeys.join(', ')}.`;
  for (const key of Object.keys(config))
    if (!starterKeys.includes(key) && !starterHarmless.includes(key))
      findings.push(checked.at('warning', [key], `The starter image does not do "${key}". ${honours}`));
  const users = Array.isArray(config['users']) ? config['users'] : [];
  for (const [index, user] of users.entries())
    if (typeof user === 'object' && user !== null)
      for (const key of Object.keys(user))
        if (!starterUserKeys.includes(key) && key !== 'gecos')
          findings.push(checked.at('warning', ['users', index, key], `The starter image does not do "${key}" of a user.`)); // prettier-ignore
  return findings;
}
