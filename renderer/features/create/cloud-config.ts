import { stringify } from 'yaml';
import type { CreateMachineInput } from '../../../main/contract/machine.ts';

type Form = Extract<NonNullable<CreateMachineInput['cloudInit']>, { type: 'form' }>;

/** The cloud-config a filled-in form stands for: the starting point when a person goes on in YAML. */
export function cloudConfig(form: Form, defaultUser: string): string {
  const keys = form.sshKeys ?? [];
  // `user` and `password` at the top set up the image's default user, sudo included.
  const config = {
    ...(form.hostname && { hostname: form.hostname }),
    user: form.user ?? defaultUser,
    ...(form.password && { password: form.password, chpasswd: { expire: false }, ssh_pwauth: true }),
    ...(keys.length > 0 && { ssh_authorized_keys: keys }),
    ...(form.packages?.length && { package_update: true, packages: form.packages }),
    ...(form.runcmd?.length && { runcmd: form.runcmd }),
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}
