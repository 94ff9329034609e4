import { isMap, parseDocument, stringify } from 'yaml';
import { cloudInitYaml } from '../../contract/cloud-init.ts';
import type { CreateMachine } from '../../contract/machine.ts';
import { hashPassword } from '../cloud-init/crypt.ts';
import { placeOf } from '../cloud-init/place.ts';

export interface CloudInit {
  userData: string;
  networkData?: string;
  /** In a Secret rather than in the machine's manifest: too long, or it holds a password. */
  secret: boolean;
}

/**
 * What the form or the text of the wizard becomes. `user` and `password` at the top set up the image's default user, sudo
 * included; the password goes in as a hash, with a salt of its own each time.
 */
export function cloudInitOf(input: CreateMachine['cloudInit']): CloudInit | undefined {
  if (input.type === 'none') return undefined;
  if (input.type === 'yaml') {
    const { networkData } = input;
    const userData = input.password ? withPassword(input.userData, input.password) : input.userData;
    return { userData, ...(networkData && { networkData }), secret: isSecret(userData, networkData) };
  }
  const config = {
    ...(input.hostname && { hostname: input.hostname }),
    ...(input.user && { user: input.user }),
    ...(input.password && { password: hashPassword(input.password), chpasswd: { expire: false }, ssh_pwauth: true }),
    ...(input.sshKeys.length > 0 && { ssh_authorized_keys: input.sshKeys.map((key) => key.trim()) }),
    ...(input.packages.length > 0 && { package_update: true, packages: input.packages }),
    ...(input.runcmd.length > 0 && { runcmd: input.runcmd }),
  };
  const userData = `#cloud-config\n${stringify(config, { ...cloudInitYaml, lineWidth: 0 })}`;
  return { userData, secret: isSecret(userData, undefined) };
}

/** The text with the hash of a password for the image's own user. One that says something of it already is left alone, as is anything but a cloud-config. */
function withPassword(userData: string, password: string): string {
  const [header = ''] = /^#cloud-config\b[^\n]*\n?/.exec(userData) ?? [];
  if (header === '') return userData;
  const document = parseDocument(userData.slice(header.length), cloudInitYaml);
  if (document.contents === null) document.contents = document.createNode({}) as never;
  if (document.errors.length > 0 || !isMap(document.contents) || document.has('password')) return userData;
  document.set('password', hashPassword(password));
  if (!document.has('chpasswd')) document.set('chpasswd', document.createNode({ expire: false }));
  if (!document.has('ssh_pwauth')) document.set('ssh_pwauth', true);
  return `${header.trimEnd()}\n${document.toString({ lineWidth: 0 })}`;
}

const isSecret = (userData: string, networkData: string | undefined): boolean =>
  placeOf(userData, networkData) === 'secret';

/** Volume source of a cloud-init disk (NoCloud) and, where needed, the Secret it names. Pure. */
export function cloudInitVolume(cloudInit: CloudInit, secretName: string): Record<string, unknown> {
  if (!cloudInit.secret)
    return {
      userData: cloudInit.userData,
      ...(cloudInit.networkData && { networkData: cloudInit.networkData }),
    };
  return {
    secretRef: { name: secretName },
    ...(cloudInit.networkData && { networkDataSecretRef: { name: secretName } }),
  };
}
