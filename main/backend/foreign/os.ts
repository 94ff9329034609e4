import type { ForeignOs } from '../../contract/foreign.ts';

type Row = readonly [pattern: RegExp, name: string, preference?: string];

/**
 * What VMware (`guestOS`), libosinfo (`http://VENDOR/SYSTEM/VERSION`) and Proxmox (`ostype`) call systems. VMware names later
 * servers after earlier ones: windows9srv is 2016, windows2019srvNext 2022.
 */
const windows: readonly Row[] = [
  [/win\/11$|^win11$|windows11-/, 'Windows 11', 'windows.11'],
  [/windows2022srvnext|win\/2k25/, 'Windows Server 2025', 'windows.2k25'],
  [/windows2019srvnext|win\/2k22/, 'Windows Server 2022', 'windows.2k22'],
  [/windows2019srv|win\/2k19/, 'Windows Server 2019', 'windows.2k19'],
  [/windows9srv|windows9server|win\/2k16/, 'Windows Server 2016', 'windows.2k16'],
  [/windows9|win\/10$|^win10$/, 'Windows 10', 'windows.10'],
  [/windows8srv|windows8server|win\/2k12/, 'Windows Server 2012', 'windows.2k12'],
  [/windows7srv|windows7server|longhorn|win\/2k8|^w2k8$/, 'Windows Server 2008', 'windows.2k8'],
  [/windows7|win\/7$|^win7$/, 'Windows 7', 'windows.7'],
  [/winnet|win\/2k3|^w2k3$/, 'Windows Server 2003', 'windows.2k3'],
  [/winxp|win\/xp|^wxp$/, 'Windows XP', 'windows.xp'],
  [/^win|^w2k|^wvista|microsoft|windows|longhorn/, 'Windows'],
];
const linux: readonly Row[] = [
  [/ubuntu/, 'Ubuntu', 'ubuntu'],
  [/debian/, 'Debian', 'debian'],
  [/fedora/, 'Fedora', 'fedora'],
  [/centos-stream\/10/, 'CentOS Stream 10', 'centos.stream10'],
  [/centos-stream\/9/, 'CentOS Stream 9', 'centos.stream9'],
  [/(rhel|centos|oraclelinux|almalinux|rocky(linux)?|ol)\/?10/, 'Enterprise Linux 10', 'rhel.10'],
  [/(rhel|centos|oraclelinux|almalinux|rocky(linux)?|ol)\/?9/, 'Enterprise Linux 9', 'rhel.9'],
  [/(rhel|centos|oraclelinux|almalinux|rocky(linux)?|ol)\/?8/, 'Enterprise Linux 8', 'rhel.8'],
  [/(rhel|centos|oraclelinux|ol)\/?7/, 'Enterprise Linux 7', 'rhel.7'],
  [/oraclelinux/, 'Oracle Linux', 'oraclelinux'],
  [/rhel|centos|rocky|almalinux/, 'Enterprise Linux'],
  [/tumbleweed/, 'openSUSE Tumbleweed', 'opensuse.tumbleweed'],
  [/opensuse/, 'openSUSE', 'opensuse.leap'],
  [/sles|suse\.com\/sle/, 'SUSE Linux Enterprise', 'sles'],
  [/alpine/, 'Alpine Linux', 'alpine'],
  [/cirros/, 'CirrOS', 'cirros'],
  [/linux|^l2[46]$|^other[3-7]x|coreos|vmware-photon|archlinux|nixos/, 'Linux'],
];

/** The system that a description names; `said`: in its own words. Pure. */
export function guessOs(said: string | undefined): ForeignOs {
  const word = (said ?? '').trim().toLowerCase();
  if (word === '' || word === 'other' || word === 'other-64') return { family: 'other', name: '', preferences: [] };
  // Server systems of VMware carry the number of a client in their name: the table's order decides.
  const win = windows.find(([pattern]) => pattern.test(word));
  if (win && !/darwin/.test(word)) {
    const [, name, preference] = win;
    return { family: 'windows', name, preferences: preference === undefined ? [] : [preference] };
  }
  const other = linux.find(([pattern]) => pattern.test(word));
  if (!other) return { family: 'other', name: word.slice(0, 80), preferences: [] };
  const [, name, preference] = other;
  return { family: 'linux', name, preferences: [...(preference === undefined ? [] : [preference]), 'linux'] };
}
