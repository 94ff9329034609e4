import type { BoxWishesInput } from '../../../../main/contract/box/settings.ts';
import type { StickDrive, StickPlace } from '../../../../main/contract/box/sticks.ts';
import { plainNetwork, toNetwork } from '../network-draft.ts';
import type { NetworkDraft } from '../network-draft.ts';
import { here } from '../regions.ts';

const gib = 1024 ** 3;

export interface BringMachine {
  name: string;
  /** Of the catalogue. */
  image: string;
  cpus: number;
  /** Bytes. */
  memory: number;
}
/** What is typed and chosen on the page; the Wi-Fi password is in it, so it is kept nowhere. */
export interface StickDraft {
  image: string | undefined;
  target: 'drive' | 'file';
  /** Of the chosen drive. */
  key: string | undefined;
  typed: string;
  path: string;
  overwrite: boolean;
  hostName: string;
  keyboard: string;
  timeZone: string;
  language: string;
  network: NetworkDraft;
  /** One a line. */
  sshKeys: string;
  proxyHttp: string;
  proxyHttps: string;
  proxyNo: string;
  ca: string;
  mode: 'install' | 'try';
  rule: 'confirm' | 'serial' | 'single-blank';
  serial: string;
  size: number | undefined;
  wwn: string;
  install: boolean;
  storage: 'local-path' | 'pool-file';
  poolSize: number | undefined;
  images: string[];
  machines: BringMachine[];
  enrol: boolean;
  days: number | undefined;
  fullCheck: boolean;
}
export type SetDraft = (part: Partial<StickDraft>) => void;

export const newDraft = (sshKeys: readonly string[]): StickDraft => ({
  image: undefined, target: 'drive', key: undefined, typed: '', path: '', overwrite: false,
  hostName: 'hearth', ...here(), network: plainNetwork, sshKeys: sshKeys.join('\n'),
  proxyHttp: '', proxyHttps: '', proxyNo: '', ca: '', mode: 'install', rule: 'confirm', serial: '', size: undefined, wwn: '',
  install: true, storage: 'local-path', poolSize: 64 * gib, images: [], machines: [], enrol: true, days: 7, fullCheck: false,
}); // prettier-ignore

const lines = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean); // prettier-ignore
/** Each certificate of a text with several. */
export const certificates = (text: string): string[] =>
  text.trim() === ''
    ? []
    : (text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [text.trim()]);

/** What the box is told. Checked by the backend, with the rules that the box has. */
export function toWishes(draft: StickDraft): BoxWishesInput {
  const { hostName, keyboard, timeZone, language, mode, rule, wwn, size, storage, poolSize, install } = draft;
  const http = draft.proxyHttp.trim();
  const https = draft.proxyHttps.trim();
  const no = draft.proxyNo.trim();
  return {
    hostName,
    keyboard,
    timeZone,
    language,
    network: toNetwork(draft.network),
    sshKeys: lines(draft.sshKeys),
    ...((http || https || no) && { proxy: { ...(http && { http }), ...(https && { https }), ...(no && { no }) } }),
    ca: certificates(draft.ca),
    mode,
    disk:
      rule === 'serial'
        ? { rule, serial: draft.serial.trim(), ...(size !== undefined && { size }), ...(wwn.trim() && { wwn: wwn.trim() }) }
        : { rule },
    appliance: { install, storage, ...(storage === 'pool-file' && poolSize !== undefined && { poolSize }) },
    bring: { images: draft.images, machines: draft.machines, labs: [] },
  };
} // prettier-ignore

/** The drive of the draft, while it is plugged in and may be written. */
export const driveOf = (draft: StickDraft, drives: readonly StickDrive[]): StickDrive | undefined =>
  drives.find((drive) => drive.key === draft.key && !drive.refused);

export function placeOf(draft: StickDraft, drives: readonly StickDrive[]): StickPlace | undefined {
  if (draft.target === 'file') {
    const path = draft.path.trim();
    return isPath(path) ? { type: 'file', path, overwrite: draft.overwrite } : undefined;
  }
  const drive = driveOf(draft, drives);
  if (!drive) return undefined;
  if (drive.typed !== undefined && draft.typed.trim() !== drive.typed) return undefined;
  return { type: 'drive', path: drive.path, key: drive.key, ...(drive.typed !== undefined && { typed: draft.typed.trim() }) }; // prettier-ignore
}
export const isPath = (text: string): boolean => /^(\/|[A-Za-z]:[\\/]).*[^/\\]$/.test(text.trim());
