/** What packages say of Hearth, in one place: control files, metainfo, electron-builder, the SBOM. */
export const about = {
  /** Desktop file, icons, AppStream and macOS know it by this. */
  id: 'dev.hearth.Hearth',
  name: 'Hearth',
  homepage: 'https://hearth.dev/',
  authors: 'The Hearth authors',
  contact: 'packages@hearth.dev',
  licence: 'Apache-2.0',
  summary: 'home lab in one window: virtual machines, labs and boxes',
  /** Paragraphs. */
  description: [
    'Hearth finds out what this computer can really do, has a first virtual machine on the screen within a minute, and speaks the Kubernetes API of KubeVirt and CDI all the way down: what is made here is the same object on a cluster later.',
    'The Quick lab needs nothing but QEMU: no root, no KVM, no cluster, no account. The same pages run an appliance (k3s, KubeVirt and CDI) on this computer or on a box that a USB stick installs, and any cluster by its kubeconfig.',
    'Labs teach and demonstrate with machines from one file, instructions beside their consoles and checks that turn green.',
  ],
} as const;

/** Names of the packages: the program alone, and with the Electron window. Only one of them is installed at a time. */
export const packageNames = { headless: 'hearth-headless', desktop: 'hearth' } as const;

/** Processors that packages are made for: Node's name, Debian's, RPM's. */
export const processors = {
  x64: { debian: 'amd64', rpm: 'x86_64', qemu: 'qemu-system-x86', firmware: 'ovmf' },
  arm64: { debian: 'arm64', rpm: 'aarch64', qemu: 'qemu-system-arm', firmware: 'qemu-efi-aarch64' },
} as const;
export type Processor = keyof typeof processors;

/** A pre-release sorts before its release in Debian's order: 1.0.0-beta.2 is 1.0.0~beta.2. Throws for what is no version. */
export function debianVersion(version: string): string {
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/.test(version)) throw new RangeError(`${version} is no version of a package`);
  return version.replace('-', '~');
}
