import type { PlaceInput } from '../../../main/contract/appliance.ts';
import type { SettingsForm } from './settings-form.ts';
import { t } from './text.ts';

export const ways = ['lab', 'local', 'ssh', 'cluster', 'kind'] as const;
export type Way = (typeof ways)[number];
export const isWay = (text: string | undefined): text is Way => ways.some((way) => way === text);

/** How a machine is reached over SSH, without its secrets: those are never kept. */
export interface SshDraft {
  host: string;
  port: number | undefined;
  user: string;
  by: 'agent' | 'key' | 'password';
  path: string;
  /** SHA256:… that the person saw and accepted. */
  hostKey?: string | undefined;
}
/** Typed anew after a reload; they live in the page's memory only. */
export interface Secrets {
  password: string;
  passphrase: string;
  sudo: string;
  /** The password one signs in with is the one for sudo too. */
  same: boolean;
}
export const noSecrets: Secrets = { password: '', passphrase: '', sudo: '', same: true };

export type Part = 'choose' | 'connect' | 'check' | 'settings' | 'plan' | 'run';
/** How far the way to a place is; kept for the session. */
export interface PlaceDraft {
  way: Way;
  part: Part;
  ssh: SshDraft;
  settings: SettingsForm | undefined;
  /** The task that installs, and what it makes. */
  run: { taskId: string; name: string; undo?: boolean } | undefined;
  /** The last try ended because sudo wants a password. */
  askSudo?: boolean;
  /** Where to go when it is done, instead of on with the first run. */
  after: string | undefined;
}
export const newSsh: SshDraft = { host: '', port: 22, user: '', by: 'agent', path: '' };
export const newPlaceDraft = (way: Way = 'lab', after?: string): PlaceDraft => ({
  way,
  part: 'choose',
  ssh: newSsh,
  settings: undefined,
  run: undefined,
  after,
});

const hostPattern = /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/i;
/** What is wrong with how a machine is reached, by field. */
export function sshFields(ssh: SshDraft, secrets: Secrets): Partial<Record<keyof SshDraft | 'password', string>> {
  const fields: Partial<Record<keyof SshDraft | 'password', string>> = {};
  if (!hostPattern.test(ssh.host)) fields.host = t('ssh.bad.host');
  if (ssh.port === undefined) fields.port = t('ssh.bad.port');
  if (!/^[a-z_][-a-z0-9_.]*\$?$/i.test(ssh.user)) fields.user = t('ssh.bad.user');
  if (ssh.by === 'key' && ssh.path === '') fields.path = t('ssh.bad.path');
  if (ssh.by === 'password' && secrets.password === '') fields.password = t('ssh.bad.password');
  return fields;
}

/** The place as the backend takes it; undefined while something is missing, after a reload a password. */
export function sshPlace(ssh: SshDraft, secrets: Secrets): PlaceInput | undefined {
  if (Object.keys(sshFields(ssh, secrets)).length > 0) return undefined;
  const { host, port, user, by, path, hostKey } = ssh;
  return {
    type: 'ssh',
    host,
    port: port ?? 22,
    user,
    auth:
      by === 'agent'
        ? { by }
        : by === 'password'
          ? { by, password: secrets.password }
          : { by, path, ...(secrets.passphrase ? { passphrase: secrets.passphrase } : {}) },
    ...(hostKey === undefined ? {} : { hostKey }),
  };
}
/** Whether one password serves for both: root needs none for sudo, and who signs in with a key has typed none. */
export const isSame = (ssh: SshDraft, secrets: Secrets): boolean =>
  ssh.by === 'password' && ssh.user !== 'root' && secrets.same;
/** The administrator's password there, as far as it is known. */
export const sudoOf = (ssh: SshDraft, secrets: Secrets): string | undefined =>
  (isSame(ssh, secrets) ? secrets.password : secrets.sudo) || undefined;

/** The same place with the host key that the person accepted. */
export const withHostKey = (place: PlaceInput | undefined, hostKey: string): PlaceInput | undefined =>
  place?.type === 'ssh' ? { ...place, hostKey } : undefined;
export function placeOf(draft: PlaceDraft, secrets: Secrets): PlaceInput | undefined {
  if (draft.way === 'local') return { type: 'local' };
  if (draft.way !== 'ssh' || draft.ssh.hostKey === undefined) return undefined;
  return sshPlace(draft.ssh, secrets);
}
/** Names a place in a cache, without its secrets. */
export const placeKey = (place: PlaceInput | undefined): string =>
  place === undefined ? '' : place.type === 'local' ? 'local' : `${place.user}@${place.host}:${place.port ?? 22}`;

/** The part that can be shown: what lies behind it must be there. */
export function shownPart(draft: PlaceDraft, secrets: Secrets): Part {
  const { part, way } = draft;
  if (part === 'choose' || part === 'connect' || way === 'lab' || way === 'cluster' || way === 'kind') return part;
  if (part === 'run') return draft.run ? 'run' : 'choose';
  return placeOf(draft, secrets) === undefined ? 'connect' : part;
}
