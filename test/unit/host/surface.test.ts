import si from 'systeminformation';
import { expect, it } from 'vitest';
import type { HostFiles } from '../../../main/backend/host/signals.ts';
import { realFiles } from '../../../main/backend/host/signals.ts';
import { linuxSurface } from '../../../main/backend/host/surface.ts';

const filesOf = (texts: Record<string, string>): HostFiles => ({
  read: (path) => texts[path],
  exists: (path) => Object.keys(texts).some((each) => each === path || each.startsWith(`${path}/`)),
  list: (path) => [...new Set(Object.keys(texts).filter((each) => each.startsWith(`${path}/`)).map((each) => each.slice(path.length + 1).split('/')[0] ?? ''))], // prettier-ignore
  writable: () => false,
});
const thread = (number: number, core: number, socket: number): string =>
  `processor\t: ${number}\nmodel name\t: Intel(R) Core(TM) i7-1260P   CPU\nphysical id\t: ${socket}\ncore id\t\t: ${core}\n`;
const card = (name: string, more: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries({ type: '1\n', address: '52:54:00:00:00:01\n', operstate: 'up\n', ...more }).map(([file, text]) => [`/sys/class/net/${name}/${file}`, text])); // prettier-ignore
const address = (family: 'IPv4' | 'IPv6', text: string) => ({ address: text, netmask: '', family, mac: '', internal: false, cidr: null, ...(family === 'IPv6' && { scopeid: 0 }) }) as never; // prettier-ignore

it('reads a laptop with two threads a core, a cable, a wireless card, a bridge and a tunnel', () => {
  const found = linuxSurface(
    filesOf({
      '/proc/cpuinfo': [thread(0, 0, 0), thread(1, 0, 0), thread(2, 4, 0), thread(3, 4, 0)].join('\n'),
      '/proc/meminfo': 'MemTotal:       16000000 kB\nMemAvailable:    9000000 kB\nSwapTotal:       1024 kB\n',
      '/etc/os-release': 'PRETTY_NAME="Fedora Linux 42"\nNAME="Fedora Linux"\nVERSION_ID=42\n',
      ...card('enp1s0', {}),
      ...card('wlp2s0', { 'wireless/status': '0', operstate: 'down\n' }),
      ...card('br0', { operstate: 'unknown\n' }),
      ...card('lo', { type: '772\n' }),
      ...card('tun0', { type: '65534\n' }),
    }),
    { enp1s0: [address('IPv6', 'fe80::1'), address('IPv4', '192.0.2.7'), address('IPv4', '192.0.2.8')] },
    (path) => (path.endsWith('br0') ? '/sys/devices/virtual/net/br0' : '/sys/devices/pci0000:00/net/x'),
  );
  expect(found.cpu).toEqual({ model: 'Intel Core i7-1260P CPU', cores: 2 });
  expect(found.memory).toEqual({ total: 16_384_000_000, available: 9_216_000_000, swapTotal: 1_048_576 });
  expect(found.os).toMatchObject({ name: 'Fedora Linux', version: '42' });
  expect(found.network).toEqual([
    { name: 'enp1s0', mac: '52:54:00:00:00:01', addresses: ['192.0.2.7', 'fe80::1'], kind: 'wired', up: true },
    { name: 'wlp2s0', mac: '52:54:00:00:00:01', addresses: [], kind: 'wireless', up: false },
    { name: 'br0', mac: '52:54:00:00:00:01', addresses: [], kind: 'virtual', up: false },
  ]);
});

it('counts threads where the kernel names no cores, and survives files that are not there', () => {
  const arm = linuxSurface(filesOf({ '/proc/cpuinfo': 'processor\t: 0\nBogoMIPS\t: 50\n\nprocessor\t: 1\n' }), {});
  expect(arm.cpu.cores).toBe(2);
  expect(linuxSurface(filesOf({}), {})).toMatchObject({ memory: { total: 0 }, os: { name: 'Linux' }, network: [] });
});

it.runIf(process.platform === 'linux')('says of this computer what the library says', async () => {
  const ours = linuxSurface(realFiles);
  const [cpu, memory, system, cards] = await Promise.all([si.cpu(), si.mem(), si.osInfo(), si.networkInterfaces()]);
  expect(ours.cpu.cores).toBe(cpu.physicalCores);
  expect([ours.memory.total, ours.memory.swapTotal]).toEqual([memory.total, memory.swaptotal]);
  expect([ours.os.version, ours.os.kernel]).toEqual([system.release, system.kernel]);
  const theirs = (Array.isArray(cards) ? cards : [cards]).filter((each) => !each.internal && each.ip4);
  for (const { iface, mac, ip4 } of theirs)
    expect(ours.network.find(({ name }) => name === iface)).toMatchObject({ mac, addresses: expect.arrayContaining([ip4]) as unknown }); // prettier-ignore
});
