/**
 * Systems by what their media and files are called. What volumes are called is taken from the public data of libosinfo
 * (osinfo-db 20221130, https://libosinfo.org) and, for later releases, from the publishers' own naming; memory and disk are
 * what the publishers' requirements ask for to be of use, in MiB and GiB. `version` is the first group of a pattern.
 */
export interface SystemRule {
  id: string;
  name: string;
  /** A preference of the common bundle; `{}` stands for the major version, where a preference of it is there. */
  preference: string;
  otherwise?: string;
  memory: number;
  disk: number;
  volume?: RegExp;
  publisher?: RegExp;
  /** The text of `.disk/info`, of `.treeinfo` or of `media.1/products`. */
  text?: RegExp;
  /** What a downloaded file is called. */
  file?: RegExp;
}

const v = String.raw`(\d+(?:[.-]\d+)*)`;
const re = (source: string): RegExp => new RegExp(source.replaceAll('VER', v), 'im');

// The first that fits: who is derived from another stands before it.
export const systemRules: readonly SystemRule[] = [
  { id: 'kali', name: 'Kali Linux', preference: 'debian', memory: 2048, disk: 20, volume: re('^kali'), text: re('^Kali GNU/Linux VER'), file: re('^kali-linux-VER') },
  { id: 'proxmox', name: 'Proxmox VE', preference: 'debian', memory: 2048, disk: 32, volume: re('^PVE$'), file: re('^proxmox-ve_VER') },
  { id: 'linuxmint', name: 'Linux Mint', preference: 'ubuntu', memory: 2048, disk: 25, volume: re('^Linux Mint VER'), text: re('^Linux Mint VER'), file: re('^linuxmint-VER') },
  { id: 'popos', name: 'Pop!_OS', preference: 'ubuntu', memory: 4096, disk: 20, volume: re('^Pop_OS VER'), text: re('^Pop_OS VER'), file: re('^pop-os_VER') },
  { id: 'debian', name: 'Debian', preference: 'debian', memory: 1024, disk: 10, volume: re('^Debian VER'), text: re('^Debian GNU/Linux VER'), file: re('^debian-(?:live-)?VER') },
  { id: 'debian', name: 'Debian', preference: 'debian', memory: 1024, disk: 10, volume: re('^Debian testing'), file: re('^debian-testing') },
  { id: 'ubuntu', name: 'Ubuntu', preference: 'ubuntu', memory: 2048, disk: 20, volume: re('^(?:K|X|L)?Ubuntu(?:-[A-Z]+)* VER'), text: re('^(?:K|X|L)?Ubuntu(?:-[A-Z]+)* VER'), file: re('^ubuntu-VER') },
  { id: 'rocky', name: 'Rocky Linux', preference: 'rhel.{}', otherwise: 'linux', memory: 2048, disk: 20, volume: re('^Rocky-(?:[a-z-]+-)?VER'), text: re('^family ?= ?Rocky Linux[^]*?^version ?= ?VER'), file: re('^Rocky-VER') },
  { id: 'almalinux', name: 'AlmaLinux', preference: 'rhel.{}', otherwise: 'linux', memory: 2048, disk: 20, volume: re('^AlmaLinux-VER'), text: re('^family ?= ?AlmaLinux[^]*?^version ?= ?VER'), file: re('^AlmaLinux-VER') },
  { id: 'oraclelinux', name: 'Oracle Linux', preference: 'oraclelinux', memory: 2048, disk: 20, volume: re('^OL-VER'), text: re('^family ?= ?Oracle Linux[^]*?^version ?= ?VER'), file: re('^(?:OracleLinux-R|OL)(\\d+)') },
  { id: 'centos-stream', name: 'CentOS Stream', preference: 'centos.stream{}', otherwise: 'linux', memory: 2048, disk: 20, volume: re('^CentOS-Stream-VER'), text: re('^family ?= ?CentOS Stream[^]*?^version ?= ?VER'), file: re('^CentOS-Stream-(?:[a-z]+-)*VER') },
  { id: 'rhel', name: 'Red Hat Enterprise Linux', preference: 'rhel.{}', otherwise: 'linux', memory: 2048, disk: 20, volume: re('^RHEL-VER'), text: re('^family ?= ?Red Hat Enterprise Linux[^]*?^version ?= ?VER'), file: re('^rhel-(?:[a-z]+-)*VER') },
  { id: 'fedora', name: 'Fedora', preference: 'fedora', memory: 2048, disk: 15, volume: re('^Fedora-(?:[A-Za-z]+-)+(?:x86_64-|aarch64-)?(\\d+)'), text: re('^family ?= ?Fedora[^]*?^version ?= ?(\\d+)'), file: re('^Fedora-(?:[A-Za-z]+-)+(?:x86_64-|aarch64-)?(\\d+)') },
  { id: 'opensuse-tumbleweed', name: 'openSUSE Tumbleweed', preference: 'opensuse.tumbleweed', memory: 2048, disk: 20, volume: re('^openSUSE-Tumbleweed'), text: re('openSUSE-Tumbleweed'), file: re('^openSUSE-Tumbleweed') },
  { id: 'opensuse-leap', name: 'openSUSE Leap', preference: 'opensuse.leap', memory: 2048, disk: 20, volume: re('^openSUSE[-_]Leap[-_]VER'), text: re('openSUSE[- ]Leap[- ](\\d+\\.\\d+)'), file: re('^(?:openSUSE-)?Leap-VER') },
  { id: 'sles', name: 'SUSE Linux Enterprise', preference: 'sles', memory: 2048, disk: 20, volume: re('^SLES?-VER'), text: re('SLES?[- ]?VER'), file: re('^SLES?-VER') },
  { id: 'archlinux', name: 'Arch Linux', preference: 'linux', memory: 1024, disk: 10, volume: re('^ARCH_(\\d{6})$'), publisher: re('^ARCH LINUX'), file: re('^arch-?(?:linux)?-(?:VER-)?x86_64') },
  { id: 'alpine', name: 'Alpine Linux', preference: 'alpine', memory: 512, disk: 4, volume: re('^alpine-[a-z]+ VER'), file: re('^(?:nocloud_)?alpine-[a-z]*-?VER') },
  { id: 'nixos', name: 'NixOS', preference: 'linux', memory: 2048, disk: 20, volume: re('^nixos-[a-z0-9]+-(\\d+\\.\\d+)'), file: re('^(?:latest-)?nixos-(?:[a-z][a-z0-9]*-)?(\\d+\\.\\d+)?') },
  { id: 'gentoo', name: 'Gentoo', preference: 'linux', memory: 2048, disk: 30, volume: re('^Gentoo[ -]'), file: re('^install-amd64-minimal') },
  { id: 'void', name: 'Void Linux', preference: 'linux', memory: 1024, disk: 10, volume: re('^VOID_LIVE'), file: re('^void-live') },
  { id: 'manjaro', name: 'Manjaro', preference: 'linux', memory: 2048, disk: 30, volume: re('^MANJARO_'), file: re('^manjaro-[a-z]+-VER') },
  { id: 'mageia', name: 'Mageia', preference: 'linux', memory: 2048, disk: 20, volume: re('^Mageia-VER'), publisher: re('^MAGEIA\\.ORG'), file: re('^Mageia-VER') },
  { id: 'slackware', name: 'Slackware', preference: 'linux', memory: 1024, disk: 20, volume: re('^SlackDVD'), file: re('^slackware(?:64)?-VER') },
  { id: 'guix', name: 'Guix System', preference: 'linux', memory: 2048, disk: 20, volume: re('^GUIX_'), file: re('^guix-system-install-VER') },
  { id: 'freebsd', name: 'FreeBSD', preference: 'linux', memory: 1024, disk: 10, volume: re('^(\\d+_\\d+)_[A-Z0-9]+_[A-Z0-9]+_(?:CD|DVD|BO)'), file: re('^FreeBSD-VER') },
  { id: 'openbsd', name: 'OpenBSD', preference: 'linux', memory: 512, disk: 10, volume: re('^OpenBSD/\\S+ +VER'), publisher: re('The OpenBSD project') },
  { id: 'netbsd', name: 'NetBSD', preference: 'linux', memory: 512, disk: 10, volume: re('^NETBSD_(\\d+)'), file: re('^NetBSD-VER') },
  { id: 'cirros', name: 'CirrOS', preference: 'cirros', memory: 128, disk: 1, file: re('^cirros-VER') },
  { id: 'haiku', name: 'Haiku', preference: 'linux', memory: 1024, disk: 8, volume: re('^haiku-'), file: re('^haiku-') },
]; // prettier-ignore

/** Of Windows the disc tells less: 10 and 11, and the servers since 2016, carry the same labels. The file's name decides. */
export const windowsRules: readonly SystemRule[] = [
  { id: 'windows-11', name: 'Windows 11', preference: 'windows.11', memory: 4096, disk: 64, file: re('^(?:[a-z]{2}-[a-z]{2}_)?win(?:dows)?[ _-]?11') },
  { id: 'windows-10', name: 'Windows 10', preference: 'windows.10', memory: 4096, disk: 64, file: re('^(?:[a-z]{2}-[a-z]{2}_)?win(?:dows)?[ _-]?10') },
  { id: 'windows-server-2025', name: 'Windows Server 2025', preference: 'windows.2k25', memory: 4096, disk: 64, file: re('server[ _-]?2025') },
  { id: 'windows-server-2022', name: 'Windows Server 2022', preference: 'windows.2k22', memory: 4096, disk: 64, file: re('server[ _-]?2022') },
  { id: 'windows-server-2019', name: 'Windows Server 2019', preference: 'windows.2k19', memory: 4096, disk: 64, file: re('server[ _-]?2019') },
  { id: 'windows-server-2016', name: 'Windows Server 2016', preference: 'windows.2k16', memory: 4096, disk: 64, file: re('server[ _-]?2016') },
  { id: 'windows-server', name: 'Windows Server', preference: 'windows.2k22', memory: 4096, disk: 64, volume: re('^(?:SESS|SSS|SHV)_X64') },
  { id: 'windows-7', name: 'Windows 7', preference: 'windows.7', memory: 2048, disk: 32, volume: re('^(?:GRMC|GSP1RMC)'), file: re('win(?:dows)?[ _-]?7') },
  { id: 'windows', name: 'Windows', preference: 'windows.10', memory: 4096, disk: 64, volume: re('^(?:J_)?(?:C?CCOMA|CCSN?A|CPBA|CEN?N?A|CEDN?A|CESN?N?|CESE)_X64') },
]; // prettier-ignore
