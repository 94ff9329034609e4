import { stringify } from 'yaml';
import type { CreateMachineInput } from '../../../main/contract/machine.ts';

type Form = Extract<NonNullable<CreateMachineInput['cloudInit']>, { type: 'form' }>;

/** The cloud-config a filled-in form stands for: the starting point when a person goes on in YAML. */
export function cloudConfig(form: Form, defaultUser: string): string {
  const keys = form.sshKeys ?? [];
  const config = {
    ...(form.hostname && { hostname: form.hostname }),
    users: [
      {
        name: form.user ?? defaultUser,
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        shell: '/bin/sh',
        lock_passwd: !form.password,
        ...(form.password && { plain_text_passwd: form.password }),
        ...(keys.length > 0 && { ssh_authorized_keys: keys }),
      },
    ],
    ...(form.password && { ssh_pwauth: true }),
    ...(form.packages?.length && { package_update: true, packages: form.packages }),
    ...(form.runcmd?.length && { runcmd: form.runcmd }),
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}
