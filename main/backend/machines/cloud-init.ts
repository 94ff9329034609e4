import { stringify } from 'yaml';
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
    const { userData, networkData } = input;
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
  const userData = `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
  return { userData, secret: isSecret(userData, undefined) };
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
