/** What the starter image is made of. Everything comes from Debian, unchanged, except the files of assets/starter/guest. */
export const suite = 'bookworm';
export const metaKernel = 'linux-image-cloud-amd64';

const libraries = 'lib/x86_64-linux-gnu';
const usrLibraries = `usr/${libraries}`;

/** Package -> the files taken from it. Links are followed inside the package. Checked against the programs' needs by a guest test. */
export const packageFiles: Record<string, readonly string[]> = {
  'busybox-static': ['bin/busybox'],
  'dropbear-bin': ['usr/sbin/dropbear', 'usr/bin/dropbearkey'],
  'qemu-guest-agent': ['usr/sbin/qemu-ga'],
  e2fsprogs: ['sbin/resize2fs'],
  libext2fs2: [`${libraries}/libext2fs.so.2`, `${libraries}/libe2p.so.2`],
  'libcom-err2': [`${libraries}/libcom_err.so.2`],
  libc6: [`${libraries}/libc.so.6`, `${libraries}/libm.so.6`, `${libraries}/ld-linux-x86-64.so.2`],
  zlib1g: [`${libraries}/libz.so.1`],
  libcrypt1: [`${libraries}/libcrypt.so.1`],
  libtomcrypt1: [`${usrLibraries}/libtomcrypt.so.1`],
  libtommath1: [`${usrLibraries}/libtommath.so.1`],
  libgmp10: [`${usrLibraries}/libgmp.so.10`],
  'libglib2.0-0': [`${usrLibraries}/libglib-2.0.so.0`, `${usrLibraries}/libgmodule-2.0.so.0`],
  'libpcre2-8-0': [`${usrLibraries}/libpcre2-8.so.0`],
  libnuma1: [`${usrLibraries}/libnuma.so.1`],
  libudev1: [`${usrLibraries}/libudev.so.1`],
  liburing2: [`${usrLibraries}/liburing.so.2`],
  'systemd-boot-efi': ['usr/lib/systemd/boot/efi/systemd-bootx64.efi'],
};

/** Kernel modules needed to reach the root file system; with what they depend on. */
export const earlyModules = ['virtio_pci', 'virtio_blk'];
/** Loaded before the login prompt: for the seed disk, and so that the power button is never missed. */
export const promptModules = ['isofs', 'evdev', 'button'];
/** Loaded beside the login prompt. */
export const lateModules = ['virtio_net', 'virtio_console', 'virtio_rng', 'virtio_balloon', 'virtio_mem'];
/** Only where no virtio-blk root disk shows up. */
export const scsiModules = ['virtio_scsi', 'sd_mod', 'sr_mod', 'ata_piix'];
/** There to be loaded by hand. */
export const extraModules = [
  'vfat',
  'nls_cp437',
  'nls_ascii',
  'virtio_mmio',
  '9pnet_virtio',
  'virtiofs',
  'loop',
  'tun',
  'bridge',
  'dummy',
];

export const commandLine =
  'root=LABEL=hearth-root rw console=tty0 console=ttyS0,115200 quiet loglevel=3 no_timer_check tsc=reliable ' +
  'random.trust_cpu=on cryptomgr.notests raid=noautodetect audit=0 nowatchdog';

export const sizes = {
  /** Bytes. The disk as the guest sees it is 1 MiB + boot + root. */
  boot: 32 * 1024 ** 2,
  root: 1024 ** 3,
} as const;
