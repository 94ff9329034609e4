import type { Download } from './plan.ts';
import type { PlanFacts } from './facts.ts';

interface Image {
  readonly name: string;
  /** sha256 of the manifest or index. */
  readonly digest: string;
  /** Bytes over the wire, about. */
  readonly size: number;
}
const MB = 1_000_000;

/**
 * The images that run as soon as KubeVirt and CDI stand, and those a first import needs. Digests:
 * github.com/kubevirt/hyperconverged-cluster-operator, deploy/images.csv at 03da3cff7325b28b4a7361a90bc921e184f875ef.
 * Sizes are estimates. Whether each digest is an index with both architectures was not seen; one of the wrong architecture
 * is left out by the fetcher and pulled by the node.
 */
const known: Readonly<Record<string, readonly Image[]>> = {
  'kubevirt v1.9.0': [
    { name: 'virt-operator', digest: 'd08b5b5ad1c0d694fad13279e44b44b6fad961aa7508acd53b87ce6ef468cbae', size: 80 * MB },
    { name: 'virt-api', digest: '42341b1d52699f4bb87f3996151bafe2e3fe065e9146cc64a15959ddf7bf2c69', size: 70 * MB },
    { name: 'virt-controller', digest: '7c6034ab39b97c0bb2b31bab2aaf576b616a3d6e59777002d63e2f2bf51e73c2', size: 70 * MB },
    { name: 'virt-handler', digest: 'df9f2069924a28ba76f47e7f4fbd9a0be3aa13cfa004a59e7a708bbff2a90424', size: 160 * MB },
    { name: 'virt-launcher', digest: 'f23102ca00bf12f7962021adfdfdad63c873b01a03001a6d20d5813950254b9c', size: 260 * MB },
    { name: 'virt-exportproxy', digest: '042443b8f58246623e440af59cd34c0627f843b6094c41794d16c98c8d0049ea', size: 50 * MB },
    { name: 'virt-exportserver', digest: 'bf805f79151d689431f3e461ad77355acd04b16fe5bde88b00be772ae1edd06c', size: 170 * MB },
  ],
  'cdi v1.66.0': [
    { name: 'cdi-operator', digest: '45964f62a027e09463c8dd48a2cbaf063c0afe771edb18e505f4461d0915984c', size: 70 * MB },
    { name: 'cdi-controller', digest: '6541d5b148731bd895bf7b3c1702745a91e5d28d7f84d9a24bf12cf9ddf73e97', size: 70 * MB },
    { name: 'cdi-apiserver', digest: 'b91ab8a39fac74f9035c9ebbe2da6f8499073215180b5fc47c924a5c14e57d37', size: 60 * MB },
    { name: 'cdi-cloner', digest: 'f827669046899a22e2c22d284b4e2d2be7c4fe84718a79446bb3b5376a01a963', size: 90 * MB },
    { name: 'cdi-importer', digest: 'a8bcb878c82012e1a2dd1bbeda473e00a68a2ad2aa510ea86ec45c7bc53e0564', size: 220 * MB },
    { name: 'cdi-uploadproxy', digest: 'e7a56580955dee3f35133365630ac45009428101f3de003e227bfdf61d32d9b0', size: 60 * MB },
    { name: 'cdi-uploadserver', digest: '3b425f6f2fa85a24c048f4681ad17a5b3cc083f3674df7b918087d2e0816ac1b', size: 150 * MB },
  ],
}; // prettier-ignore

/** The images of a release; none where their digests are not known: the node then pulls them by their tags. */
export const imageDownloads = (part: 'kubevirt' | 'cdi', version: string, arch: PlanFacts['arch']): Download[] =>
  (known[`${part} ${version}`] ?? []).map(({ name, digest, size }) => ({
    name: `image-${name}-${version}-${arch}`,
    title: `Image ${name} ${version}`,
    url: `https://quay.io/kubevirt/${name}:${version}`,
    size,
    optional: true,
    image: {
      registry: 'quay.io',
      repository: `kubevirt/${name}`,
      digest: `sha256:${digest}`,
      arch,
      // The manifests of the release ask for the tag: found under it, the image is not pulled again.
      names: [`quay.io/kubevirt/${name}:${version}`],
    },
  }));

/** Its file on the machine: without the version, so that an upgrade takes the place of the one before. */
export const imageFile = (download: Download): string =>
  `hearth-${download.image?.repository.split('/').at(-1) ?? download.name}.tar`;
