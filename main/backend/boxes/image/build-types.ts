import type { BoxManifest } from '../../../contract/box/manifest.ts';

/** Steps of a build, in order. */
export const buildSteps = [
  'Look for the programs it needs',
  'Take the Debian packages',
  'Set up the system',
  'Add Hearth',
  'Compress the system',
  'Put the medium together',
  'Sign and check the image',
] as const;
export type BuildStep = (typeof buildSteps)[number];
export interface BuildProgress {
  step: BuildStep;
  detail?: string;
  /** Of this step, 0..1; absent while it cannot be told. */
  fraction?: number;
  /** Taken from the cache. */
  kept?: boolean;
}
export type OnBuild = (progress: BuildProgress) => void;

export interface BuildOptions {
  /** Folder of the image and what lies beside it. */
  out: string;
  /** What stays between builds; `$XDG_CACHE_HOME/hearth/box-image` unless told. */
  cache?: string;
  /** Private key (PEM, ed25519); `OUT/hearth-box.key`, made on first use, unless told. */
  key?: string;
  /** Debian release; the newest one the mirror serves whole unless told. */
  release?: Release;
  /** Debian mirror; `http://deb.debian.org/debian` unless told. The security archive is expected beside it. */
  mirror?: string;
  /** An offline bundle (`hearth bundle FILE`) to take along. */
  bundle?: string;
  /** Version of the image; that of Hearth with the time of the build unless told. */
  version?: string;
  /** More words for the kernel of the stick, e.g. a serial code for tests. */
  kernelArguments?: string;
  /** Time of the build in seconds since 1970; `SOURCE_DATE_EPOCH`, else now. */
  epoch?: number;
  /** Fetches the packages anew, even when they are kept. */
  fresh?: boolean;
}
/** Newest first. */
export const releases = ['trixie', 'bookworm'] as const;
export type Release = (typeof releases)[number];
export const releaseWords: Record<Release, string> = { trixie: 'Debian 13', bookworm: 'Debian 12' };

export interface BuiltImage {
  image: string;
  note: string;
  packages: string;
  report: string;
  version: string;
  /** Bytes. */
  size: number;
  sha256: string;
  manifest: BoxManifest;
  /** Milliseconds of each step. */
  times: Partial<Record<BuildStep, number>>;
  /** Bytes of each file of the medium, and of what they are made of. */
  sizes: Record<string, number>;
  /** Steps whose result was kept from a build before. */
  kept: BuildStep[];
}
