import type { SshAccess } from '../../contract/consoles.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';

/**
 * The same login from a terminal, `{user}` left to be filled in. `forward`: a port of this computer that leads to the
 * machine's port 22, where there is one. virtctl reads KUBECONFIG as kubectl does. Its own words: https://kubevirt.io/user-guide/user_workloads/accessing_virtual_machines/
 */
export function sshCommands(
  of: ObjectRef,
  options: { keyPath: string; forward?: { address: string; port: number } },
): SshAccess['commands'] {
  const { keyPath, forward } = options;
  const key = quoted(keyPath);
  const proxy = quoted(`ProxyCommand=virtctl port-forward --namespace ${of.namespace} --stdio=true vmi/${of.name} 22`);
  return [
    { id: 'virtctl', text: `virtctl ssh --namespace ${of.namespace} --identity-file ${key} {user}@vmi/${of.name}` },
    { id: 'proxy', text: `ssh -i ${key} -o ${proxy} {user}@${of.name}.${of.namespace}` },
    ...(forward
      ? [{ id: 'forward' as const, text: `ssh -i ${key} -p ${forward.port} {user}@${forward.address}` }]
      : []),
  ];
}

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
