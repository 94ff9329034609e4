import type { Problem } from '../problem.ts';

/** How a box is doing; sizes in bytes, temperatures in degrees Celsius. */
export interface BoxHealth {
  /** Seconds since it started. */
  uptime: number;
  cpus: number;
  load: number[];
  memory: { total: number; available: number };
  temperatures: { name: string; celsius: number; high?: number }[];
  filesystems: { path: string; what: string; total: number; free: number }[];
  disks: DiskHealth[];
  /** Units that failed, with their last lines. */
  failedUnits: { unit: string; lines: string[] }[];
  clock: { synchronised: boolean; timeZone: string };
  findings: { tone: 'good' | 'note' | 'warning' | 'bad'; title: string; detail: string; fix?: string }[];
  /** ISO 8601. */
  at: string;
}
export interface DiskHealth {
  name: string;
  model: string;
  serial: string;
  size: number;
  /** unknown: the disk or its bridge does not speak SMART; `why` tells. */
  verdict: 'good' | 'worn' | 'failing' | 'unknown';
  why: string;
  celsius?: number;
  powerOnHours?: number;
  /** Share of its written life that is used up, 0..1 and beyond. */
  used?: number;
  reallocated?: number;
  pending?: number;
  mediaErrors?: number;
}
/** What a factory reset would destroy. */
export interface BoxResetPreview {
  name: string;
  machines: { namespace: string; name: string; status: string; disk?: number }[];
  /** The machines could not be asked for; says why. */
  unknown?: string;
  images: number;
  /** Bytes of data that go. */
  data: number;
  apps: string[];
  kept: string[];
}
/** What a signed update file says about itself. */
export interface BoxImageFacts {
  version: string;
  /** ISO 8601. */
  builtAt: string;
  size: number;
  /** Debian release and kernel, in words. */
  base: string;
  payload: 'bundle' | 'internet';
  signedBy: string;
}
/** What a second box needs to join; the token is short-lived. */
export interface BoxJoinTicket {
  server: string;
  token: string;
  k3s: string;
  /** ISO 8601. */
  expires: string;
}
export interface BoxLogs {
  lines: { at: string; unit: string; text: string }[];
  problem?: Problem;
}
