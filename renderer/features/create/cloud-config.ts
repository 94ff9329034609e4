import { stringify } from 'yaml';
import { cloudInitYaml } from '../../../main/contract/cloud-init.ts';
import type { CreateMachineInput } from '../../../main/contract/machine.ts';
import { readForm } from '../cloud-init/form.ts';
import { applyForm } from '../cloud-init/form-write.ts';
import { networkDataOf } from './cards.ts';
import type { Draft } from './draft.ts';

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
  return `#cloud-config\n${stringify(config, { ...cloudInitYaml, lineWidth: 0 })}`;
}

/** A text with the form's fields put in; what else it says, and a host name of its own, stay. Passwords are not among them: the backend hashes them. */
export function textOf(form: Form, base: string, defaultUser: string): string {
  const own = readForm(base);
  const { hostname, sshKeys = [], packages = [], runcmd = [] } = form;
  return applyForm(base, {
    ...(hostname && !own?.form.hostname && { hostname }),
    user: form.user ?? defaultUser,
    sshKeys: [...sshKeys],
    packages: [...packages],
    runcmd: [...runcmd],
  });
}

/** What the form sends: where it was used for more than its first fields, their text with all of it. */
export function withText(input: CreateMachineInput, draft: Draft): CreateMachineInput {
  const { cloudInit } = input;
  const networkData = networkDataOf(draft);
  if (cloudInit?.type === 'yaml' && networkData.trim()) return { ...input, cloudInit: { ...cloudInit, networkData } };
  if (cloudInit?.type !== 'form' || (draft.userData.trim() === '' && networkData.trim() === '')) return input;
  return {
    ...input,
    cloudInit: {
      type: 'yaml',
      userData: textOf(cloudInit, draft.userData.trim() === '' ? '#cloud-config\n' : draft.userData, draft.user),
      ...(networkData.trim() && { networkData }),
      ...(cloudInit.password && { password: cloudInit.password }),
    },
  };
}

/** The first fields of the form as a text says them; keys that are kept in the settings by their names. Fields it writes in its own way stay out. */
export function fieldsOf(text: string, kept: readonly { name: string; key: string }[]): Partial<Draft> | undefined {
  const read = readForm(text);
  if (!read) return undefined;
  const { form, foreign } = read;
  const known = kept.filter(({ key }) => form.sshKeys.includes(key.trim()));
  const others = form.sshKeys.filter((key) => !known.some((each) => each.key.trim() === key));
  return {
    ...(form.user && { user: form.user }),
    ...(!foreign.has('sshKeys') && { keys: known.map(({ name }) => name), moreKeys: others.join('\n') }),
    packages: form.packages.join(' '),
    runcmd: form.runcmd.join('\n'),
  };
}
