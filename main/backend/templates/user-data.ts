import { parseDocument, visit, isScalar } from 'yaml';
import { cloudInitYaml } from '../../contract/cloud-init.ts';
import type { TemplateParameter } from '../../contract/templates.ts';

/** Keys of cloud-config whose values are secrets (cloud-init's modules users, set_passwords, ssh, rh_subscription, chef...). */
const secretKeys =
  /^(password|passwd|plain_text_passwd|hashed_passwd|hashed-password|plain-text-passwd|token|secret|api_?key|activation-?key|private_?key|.*_private|validation_key)$/i;
const nameKeys = /^(hostname|fqdn|local-hostname)$/;

/**
 * User data without its secrets: each becomes a parameter, the machine's own name becomes `${NAME}`. Undefined when the
 * text is no cloud-config, or may hold secrets where none can be told (scripts, encoded files). Pure.
 */
export function withoutSecrets(
  text: string,
  machine: string,
): { text: string; parameters: TemplateParameter[] } | undefined {
  if (!/^#cloud-config\s*$/m.test(text.split('\n')[0] ?? '')) return undefined;
  const document = parseDocument(text, cloudInitYaml);
  if (document.errors.length > 0 || /-----BEGIN|(^|\s)(write_files|bootcmd):/m.test(text)) return undefined;
  const parameters: TemplateParameter[] = [];
  let unclear = false;
  const secret = (label: string): string => {
    const count = parameters.length;
    const name = count === 0 ? 'PASSWORD' : `PASSWORD_${count + 1}`;
    parameters.push({ name, label, description: 'Goes into the cloud-init data of the machine.', required: true, secret: true }); // prettier-ignore
    return `\${${name}}`;
  };
  visit(document, {
    Pair(_, pair) {
      if (!isScalar(pair.key)) return;
      const key = String(pair.key.value);
      if (key === 'chpasswd') {
        unclear ||= /\blist\b|\busers\b/.test(String(pair.value));
        return;
      }
      if (!isScalar(pair.value) || typeof pair.value.value !== 'string') return;
      if (secretKeys.test(key)) pair.value.value = secret(key === 'password' ? 'Password' : key);
      else if (nameKeys.test(key) && pair.value.value.split('.')[0] === machine) pair.value.value = '${NAME}';
    },
  });
  const rendered = document.toString({ lineWidth: 0 });
  // What a command line says cannot be told from a secret; a mention of one is enough to ask for the whole text.
  if (unclear || /chpasswd|:\$[0-9a-z]+\$|passw(or)?d=/i.test(commandsOf((document.toJS() ?? {}) as object)))
    return undefined;
  return { text: rendered, parameters };
}

const commandsOf = (config: object): string => {
  const { runcmd, bootcmd } = config as { runcmd?: unknown; bootcmd?: unknown };
  return JSON.stringify([runcmd, bootcmd]);
};
