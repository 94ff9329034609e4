import type { PlanFacts } from './facts.ts';
import { imageDownloads } from './images.ts';
import { poolDownloads } from './manifests/pool.ts';
import type { ClusterStep, Download } from './plan.ts';
import type { ApplianceSettings } from './settings.ts';
import { kind, type Versions } from './versions.ts';

type Arch = PlanFacts['arch'];
const MB = 1_000_000;

/**
 * Digests that were seen with several independent users of the same release, or in the one file that is named beside it; the
 * rest is taken from the release's own list and recorded on first use. KubeVirt and CDI publish no list.
 */
const pinned: Readonly<Record<string, string>> = {
  'v1.36.4+k3s1 k3s': '835873f37245fc615f547a2fe2af9402a347875f13fa64a1f136de644955ea3f',
  'v1.36.4+k3s1 k3s-arm64': 'c920706346d5ad4e5cd3c7bf1bb09ce71ebe07fec829e513e40f1caf98aed8bb',
  'v1.36.3+k3s1 k3s': '2f98a9f8fe5782479ee2d54e70a1b10a7f6fd4cae8d38ed3098452dc6eed76b5',
  'v1.36.3+k3s1 k3s-arm64': 'c9a209103f480f163b7c6a56f00862b4481927b284dc29a3716bb70d886691a8',
  // pkgs/applications/networking/cluster/k3s/1_36/images-versions.json of NixOS/nixpkgs
  'v1.36.2+k3s1 k3s-airgap-images-amd64.tar.zst': 'da6a3b2dbd55cc368d930078ae8814ed22eb9c92247f7b9b46bf073445ff55b3',
  'v1.36.2+k3s1 k3s-airgap-images-arm64.tar.zst': '26a5528bb00c7beac8c88399af77c71123e74fedbba5b03c1c5ae003c838880f',
  'v1.35.7+k3s1 k3s': '5fc25309c53031e0cf03f7ee85f6f60969381ff3649039ffda19e30f5c26947a',
  'v0.32.0 kind-linux-amd64': '50030de23cf40a18505f20426f6a8506bedf13c6e509244bd1fa9463721b0f54',
  'v0.32.0 kind-linux-arm64': 'b92cd615e97585de8ddade28ed5cd7feb4248d717c233eea5b03c37298900f5d',
};

/** The address of a file of a release on GitHub; `+` would be read as a space by some mirrors. */
const github = (repository: string, tag: string, file: string): string =>
  `https://github.com/${repository}/releases/download/${tag.replaceAll('+', '%2B')}/${file}`;
/** A version as a tag of an image: those may hold no `+`. */
export const imageTag = (version: string): string => version.replaceAll('+', '-');

/** Names of the binary's and the image archive's downloads: plans refer to them. */
export const k3sDownload = (version: string, arch: Arch): string => `k3s-${version}-${arch}`;
export const airgapDownload = (version: string, arch: Arch): string => `k3s-airgap-images-${version}-${arch}`;

export function k3sDownloads(version: string, arch: Arch): Download[] {
  const file = (name: string): Pick<Download, 'url' | 'sha256' | 'checksums'> => {
    const sha256 = pinned[`${version} ${name}`];
    return {
      url: github('k3s-io/k3s', version, name),
      ...(sha256 !== undefined
        ? { sha256 }
        : { checksums: { url: github('k3s-io/k3s', version, `sha256sum-${arch}.txt`), file: name } }),
    };
  };
  return [
    { name: k3sDownload(version, arch), title: `k3s ${version}`, ...file(arch === 'amd64' ? 'k3s' : 'k3s-arm64'), size: 75 * MB },
    {
      name: airgapDownload(version, arch),
      title: `Images of k3s ${version}`,
      ...file(`k3s-airgap-images-${arch}.tar.zst`),
      size: 200 * MB,
      optional: true,
    },
  ]; // prettier-ignore
}

const operators = {
  kubevirt: { repository: 'kubevirt/kubevirt', title: 'KubeVirt' },
  cdi: { repository: 'kubevirt/containerized-data-importer', title: 'CDI' },
} as const;

/** Named with the version: two of them may be in one cache or bundle. */
export const operatorDownload = (part: 'kubevirt' | 'cdi', version: string): Download => ({
  name: `${part}-operator-${version}`,
  title: `Operator of ${operators[part].title} ${version}`,
  url: github(operators[part].repository, version, `${part}-operator.yaml`),
  size: 600_000,
});

/** Steps made for `kubevirt-operator` and `cdi-operator`, for those versions' downloads. */
export const withOperators = (
  steps: readonly ClusterStep[],
  versions: Pick<Versions, 'kubevirt' | 'cdi'>,
): ClusterStep[] =>
  steps.map((step) => {
    if (step.action.kind !== 'apply-download') return step;
    const part = (['kubevirt', 'cdi'] as const).find(
      (part) => step.action.kind === 'apply-download' && step.action.name === `${part}-operator`,
    );
    return part
      ? { ...step, action: { kind: 'apply-download', name: operatorDownload(part, versions[part]).name } }
      : step;
  });

/** What an install fetches. The images are optional: a node that has the internet pulls what is missing. */
export const downloads = (settings: Pick<ApplianceSettings, 'versions' | 'storage'>, arch: Arch): Download[] => [
  ...k3sDownloads(settings.versions.k3s, arch),
  operatorDownload('kubevirt', settings.versions.kubevirt),
  operatorDownload('cdi', settings.versions.cdi),
  ...imageDownloads('kubevirt', settings.versions.kubevirt, arch),
  ...imageDownloads('cdi', settings.versions.cdi, arch),
  ...(settings.storage === 'local-path' ? [] : poolDownloads),
];

/** KubeVirt's own command line, for people; not run by Hearth. */
export const virtctlDownload = (version: string, arch: Arch): Download => ({
  name: `virtctl-${version}-${arch}`,
  title: `virtctl ${version}`,
  url: github('kubevirt/kubevirt', version, `virtctl-${version}-linux-${arch}`),
  size: 70 * MB,
  optional: true,
});

export function kindDownload(arch: Arch): Download {
  const file = `kind-linux-${arch}`;
  const url = github('kubernetes-sigs/kind', kind.version, file);
  const sha256 = pinned[`${kind.version} ${file}`];
  return {
    name: `kind-${kind.version}-${arch}`,
    title: `kind ${kind.version}`,
    url,
    size: 10 * MB,
    ...(sha256 !== undefined ? { sha256 } : { checksums: { url: `${url}.sha256sum`, file } }),
  };
}

/**
 * Names of all files that machines with these versions may still need, whatever their processor and storage: what is no
 * part of it may be removed where files are kept.
 */
export const neededNames = (versions: readonly Versions[]): Set<string> =>
  new Set(
    versions.flatMap((each) =>
      (['amd64', 'arm64'] as const).flatMap((arch) =>
        bundleDownloads({ versions: each, storage: 'pool-file' }, arch).map(({ name }) => name),
      ),
    ),
  );

/** Everything a computer without the internet needs: one offline bundle. */
export const bundleDownloads = (
  settings: { readonly versions: Versions; readonly storage: ApplianceSettings['storage'] },
  arch: Arch,
): Download[] => [...downloads(settings, arch), virtctlDownload(settings.versions.kubevirt, arch), kindDownload(arch)];
