/**
 * The releases that Hearth knows and which of them fit together. This is data for people to extend: add a release to
 * `releases` with what it supports, then a row to `sets` for a combination to choose.
 */
export interface Versions {
  /** e.g. v1.36.3+k3s1, the whole tag: the suffix is not always 1. */
  readonly k3s: string;
  readonly kubevirt: string;
  readonly cdi: string;
}
export type Part = keyof Versions;

export const releases = {
  // https://docs.k3s.io/release-notes. The 1.37 line waits for a KubeVirt that supports it.
  k3s: ['v1.37.1+k3s1', 'v1.36.4+k3s1', 'v1.36.3+k3s1', 'v1.36.2+k3s1', 'v1.35.7+k3s1', 'v1.34.10+k3s1'],
  // https://github.com/kubevirt/kubevirt/releases
  kubevirt: ['v1.9.0', 'v1.8.4', 'v1.7.4'],
  // https://github.com/kubevirt/containerized-data-importer/releases
  cdi: ['v1.66.1', 'v1.66.0'],
} as const satisfies Record<Part, readonly string[]>;

/**
 * Minors of Kubernetes that a minor of KubeVirt supports: the three that were current when it came out
 * (docs/kubernetes-compatibility.md of kubevirt/kubevirt). A KubeVirt that is not here is not offered.
 */
const kubernetesOf: Readonly<Record<string, readonly number[]>> = {
  'v1.9': [34, 35, 36],
  'v1.8': [33, 34, 35],
  'v1.7': [32, 33, 34],
};

/** Combinations to choose from. The first is what a new appliance gets; the others newest first. */
export const sets: readonly (Versions & { readonly title: string })[] = [
  { k3s: 'v1.36.3+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0', title: 'Kubernetes 1.36, KubeVirt 1.9 (recommended)' },
  { k3s: 'v1.36.4+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.1', title: 'Kubernetes 1.36.4, KubeVirt 1.9, CDI 1.66.1' },
  { k3s: 'v1.36.2+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0', title: 'Kubernetes 1.36.2, KubeVirt 1.9' },
  { k3s: 'v1.35.7+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0', title: 'Kubernetes 1.35, KubeVirt 1.9' },
  { k3s: 'v1.35.7+k3s1', kubevirt: 'v1.8.4', cdi: 'v1.66.0', title: 'Kubernetes 1.35, KubeVirt 1.8' },
];
export const recommended: Versions = { k3s: 'v1.36.3+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0' };

/** kind and the node image that it was made with (its release notes give the digest); the pair that KubeVirt's own CI uses. */
export const kind = {
  version: 'v0.32.0',
  nodeImage: 'kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5',
} as const;

interface Parsed {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** The N of +k3sN; 0 for the others. */
  readonly suffix: number;
}
const forms: Record<Part, RegExp> = {
  k3s: /^v(1)\.(\d{1,3})\.(\d{1,3})\+k3s(\d{1,2})$/,
  kubevirt: /^v(1)\.(\d{1,3})\.(\d{1,3})$/,
  cdi: /^v(1)\.(\d{1,3})\.(\d{1,3})$/,
};
/** undefined: not a release's version of that part. */
export function parseVersion(part: Part, version: string): Parsed | undefined {
  const match = forms[part].exec(version);
  if (!match) return undefined;
  const [major = 0, minor = 0, patch = 0, suffix = 0] = match.slice(1).map(Number);
  return { major, minor, patch, suffix };
}
/** Negative: `a` is older. */
export const compareVersions = (a: Parsed, b: Parsed): number =>
  a.major - b.major || a.minor - b.minor || a.patch - b.patch || a.suffix - b.suffix;

const names: Record<Part, string> = { k3s: 'k3s', kubevirt: 'KubeVirt', cdi: 'CDI' };
export const partName = (part: Part): string => names[part];

/** What does not fit, by part; empty: they fit together. */
export function misfits(versions: Versions): Partial<Record<Part, string>> {
  const found: Partial<Record<Part, string>> = {};
  for (const part of ['k3s', 'kubevirt', 'cdi'] as const) {
    if (!parseVersion(part, versions[part]))
      found[part] = `“${versions[part]}” is not a version of ${names[part]}; one looks like ${recommended[part]}.`;
  }
  const k3s = parseVersion('k3s', versions.k3s);
  const kubevirt = parseVersion('kubevirt', versions.kubevirt);
  if (!k3s || !kubevirt) return found;
  const minors = kubernetesOf[`v${kubevirt.major}.${kubevirt.minor}`];
  if (!minors) found.kubevirt = `It is not known which Kubernetes KubeVirt ${versions.kubevirt} supports.`;
  else if (!minors.includes(k3s.minor))
    found.k3s = `KubeVirt ${versions.kubevirt} supports Kubernetes ${minors.map((minor) => `1.${minor}`).join(', ')}, not 1.${k3s.minor}.`;
  return found;
}

/** Why a part may not go from one version to another in one step; undefined: it may. */
export function stepRefused(part: Part, from: string, to: string): string | undefined {
  const [a, b] = [parseVersion(part, from), parseVersion(part, to)];
  if (!a || !b) return `“${a ? to : from}” is not a version of ${names[part]}.`;
  const order = compareVersions(a, b);
  if (order === 0) return `${names[part]} is at ${to} already.`;
  if (order > 0)
    return `${names[part]} does not go back from ${from} to ${to}: its data may not be readable to the older one. Restore a backup instead.`;
  if (b.major !== a.major || b.minor > a.minor + 1)
    return `${names[part]} goes one minor version at a time: from 1.${a.minor} to 1.${a.minor + 1} first.`;
  return undefined;
}

export interface Upgrade {
  readonly part: Part;
  readonly from: string;
  readonly to: string;
  readonly note: string;
}
/** What may be chosen next: allowed steps to known releases that fit the other parts as they are. Newest first. */
export function upgradesFrom(versions: Versions): Upgrade[] {
  const parts: readonly Part[] = ['k3s', 'kubevirt', 'cdi'];
  return parts.flatMap((part) =>
    releases[part]
      .filter((to) => stepRefused(part, versions[part], to) === undefined)
      .filter((to) => Object.keys(misfits({ ...versions, [part]: to })).length === 0)
      .map((to) => ({ part, from: versions[part], to, note: noteOf(part, versions[part], to) })),
  );
}
function noteOf(part: Part, from: string, to: string): string {
  const minor = parseVersion(part, from)?.minor !== parseVersion(part, to)?.minor;
  if (part === 'k3s')
    return `${minor ? 'The next minor version of Kubernetes.' : 'Fixes only.'} Virtual machines run on while the service restarts.`;
  if (part === 'kubevirt')
    return `${minor ? 'The next minor version.' : 'Fixes only.'} A running virtual machine keeps its old launcher until it is restarted.`;
  return `${minor ? 'The next minor version.' : 'Fixes only.'} Imports under way start again.`;
}
