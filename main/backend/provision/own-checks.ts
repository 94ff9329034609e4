import type { Appliance, ApplianceNode, KnownTrouble } from '../../contract/appliance.ts';
import type { Place } from './place.ts';

/** Days before its end from which a certificate is a trouble: k3s renews at a start when less than 120 days are left. */
const soon = 30;

/** What is wrong with the machine itself, seen without root. Pure checks over what was read. */
export function ownTroubles(seen: {
  certificates: Appliance['certificates'];
  disk: Appliance['disk'];
  addresses: readonly string[] | undefined;
  node: ApplianceNode | undefined;
  /** Every node of the appliance. */
  nodes?: readonly ApplianceNode[] | undefined;
  clock: boolean | undefined;
  /** Seconds that the clock there is before ours; negative: behind. */
  clockOff?: number | undefined;
}): KnownTrouble[] {
  const { certificates, disk, addresses, node, nodes = [], clock, clockOff } = seen;
  const found: KnownTrouble[] = [];
  const ending = certificates.filter(({ days }) => days < soon);
  if (ending.length > 0)
    found.push({
      id: ending.some(({ days }) => days < 0) ? 'certificate-expired' : 'certificate-ends-soon',
      title: ending.some(({ days }) => days < 0) ? 'A certificate has expired' : 'A certificate ends soon',
      detail:
        'k3s renews its certificates when it is started; a machine that runs for a year without that stops working.',
      evidence: ending.map(({ name, notAfter, days }) => `${name}: until ${notAfter} (${days} days)`),
      fix: 'Renew the certificates: k3s is restarted, virtual machines run on.',
      action: 'renew-certificates',
    });
  const missing = node?.addresses.filter((address) => isIpv4(address) && addresses?.includes(address) === false) ?? [];
  if (node && missing.length > 0)
    found.push({
      id: 'node-address-gone',
      title: 'The address of this machine has changed',
      detail: 'k3s was started with an address that no network interface has now, so nothing can reach the node.',
      evidence: [`${node.name}: ${missing.join(', ')}; here: ${addresses?.join(', ') ?? ''}`],
      fix: 'Give the machine its old address (a reservation at the router), or refresh the network settings of k3s.',
      action: 'refresh-network',
    });
  if (clockOff !== undefined && Math.abs(clockOff) > 60)
    found.push({
      id: 'clock-wrong',
      title: 'The clock is wrong',
      detail: 'Certificates are only good between two dates: a wrong clock makes every connection fail.',
      evidence: [
        `${Math.abs(Math.round(clockOff))} seconds ${clockOff > 0 ? 'before' : 'behind'} the clock of this computer`,
      ],
      fix: 'Set it and switch time synchronisation on (`sudo timedatectl set-ntp true`), then restart k3s.',
      action: 'restart',
    });
  else if (clock === false)
    found.push({
      id: 'clock-not-synchronised',
      title: 'The clock is not synchronised',
      detail: 'Certificates are only good between two dates: a wrong clock makes every connection fail.',
      evidence: ['timedatectl: NTPSynchronized=no'],
      fix: 'Switch time synchronisation on: `sudo timedatectl set-ntp true`.',
    });
  const off = nodes.filter(({ ready, thisOne }) => !ready && !thisOne);
  if (off.length > 0)
    found.push({
      id: 'node-off',
      title: off.length === 1 ? `The node ${off[0]?.name} does not answer` : `${off.length} nodes do not answer`,
      detail: 'What ran there has stopped or cannot be seen; the appliance and what runs on its other nodes go on.',
      evidence: off.map(({ name, conditions }) => [name, ...conditions].join(': ')),
      fix: 'Switch it on and connect it; where it runs, `journalctl -u k3s-agent -n 50` on it tells more.',
    });
  const pressed = node?.conditions.find((condition) => condition.startsWith('DiskPressure'));
  if (pressed !== undefined)
    found.push({
      id: 'disk-pressure',
      title: 'Kubernetes has no room left',
      detail:
        'It starts nothing new, evicts pods, virtual machines among them, and deletes images until there is room.',
      evidence: [pressed],
      fix: 'Make room on the disk of /var/lib/rancher and /var/lib/kubelet; a few minutes later it goes on by itself.',
    });
  else if (disk && disk.free < disk.total * 0.1)
    found.push({
      id: 'disk-nearly-full',
      title: 'The disk is nearly full',
      detail: 'Below about 5 % the kubelet evicts pods, virtual machines among them, and deletes images.',
      evidence: [`${disk.path}: ${gib(disk.free)} of ${gib(disk.total)} GiB free`],
      fix: 'Delete disks and images that nobody needs, or make room on that file system.',
    });
  return found;
}

/** IPv4 addresses on the interfaces there; undefined where they cannot be read. */
export async function addressesOf(place: Place): Promise<string[] | undefined> {
  const result = await place.run(['ip', '-4', '-o', 'addr', 'show'], { timeoutMs: 10_000 });
  if (result.code !== 0) return undefined;
  return [...result.stdout.matchAll(/\binet (\d+\.\d+\.\d+\.\d+)/g)].map((match) => match[1] ?? '');
}

/** Whether the clock is kept right; undefined where systemd does not know. */
export async function clockSynchronised(place: Place): Promise<boolean | undefined> {
  const result = await place.run(['timedatectl', 'show', '--property=NTPSynchronized', '--value'], {
    timeoutMs: 10_000,
  });
  const word = result.code === 0 ? result.stdout.trim() : '';
  return word === 'yes' ? true : word === 'no' ? false : undefined;
}

/** Seconds that the clock there is before ours; undefined where it was not told, or too slowly to say. */
export async function clockOff(place: Place): Promise<number | undefined> {
  const asked = Date.now();
  const { stdout, code } = await place.run(['date', '-u', '+%s'], { timeoutMs: 10_000 });
  const answered = Date.now();
  const there = Number(stdout.trim());
  if (code !== 0 || !Number.isSafeInteger(there) || there === 0 || answered - asked > 10_000) return undefined;
  return there - (asked + answered) / 2000;
}

/** Room on the file system of the VM disks, and what they take of it where this user may count it. Bytes. */
export async function diskOf(place: Place, volumes: string): Promise<Appliance['disk']> {
  for (const path of [volumes, '/var/lib']) {
    const result = await place.run(['df', '--block-size=1', '--output=size,avail', path], { timeoutMs: 10_000 });
    const [total, free] = (result.stdout.split('\n')[1] ?? '').trim().split(/\s+/).map(Number);
    if (result.code !== 0 || !total || free === undefined) continue;
    const used = await place.run(['du', '--summarize', '--block-size=1', '--one-file-system', volumes], {
      timeoutMs: 10_000,
    });
    const counted = Number(used.stdout.split(/\s/)[0]);
    return { path, total, free, volumes: used.code === 0 && Number.isFinite(counted) ? counted : 0 };
  }
  return undefined;
}

const isIpv4 = (address: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(address);
const gib = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1);
