import { realpathSync } from 'node:fs';
import os from 'node:os';
import type { HostFacts } from '../../contract/host.ts';
import type { HostFiles } from './signals.ts';

type Surface = Pick<HostFacts, 'os' | 'memory' | 'network'> & { cpu: { model: string; cores: number } };

/** Processor, memory, system and network cards of this computer. */
export const surface = (files: HostFiles): Promise<Surface> | Surface =>
  process.platform === 'linux' ? linuxSurface(files) : elsewhere();

/**
 * Linux tells all of it in files. The library, which serves the other systems, starts a dozen programs for it and waits for
 * them, and for so long no page gets an answer.
 */
export function linuxSurface(files: HostFiles, cards = os.networkInterfaces(), whereIs = realPath): Surface {
  const memory = fields(files.read('/proc/meminfo'), /^(\w+):\s+(\d+)/);
  const bytes = (name: string): number => Number(memory.get(name) ?? 0) * 1024;
  const release = fields(files.read('/etc/os-release') ?? files.read('/usr/lib/os-release'), /^(\w+)="?(.*?)"?$/);
  return {
    cpu: processors(files.read('/proc/cpuinfo') ?? ''),
    memory: { total: bytes('MemTotal'), available: bytes('MemAvailable'), swapTotal: bytes('SwapTotal') },
    os: {
      name: release.get('NAME') ?? 'Linux',
      version: release.get('VERSION_ID') ?? '',
      kernel: os.release(),
      arch: process.arch,
    },
    network: files
      .list('/sys/class/net')
      .filter((name) => files.read(`/sys/class/net/${name}/type`)?.trim() === etherType)
      .map((name) => {
        const at = `/sys/class/net/${name}`;
        const state = files.read(`${at}/operstate`)?.trim();
        const addresses = cards[name] ?? [];
        const first = (family: string): string | undefined => addresses.find((each) => each.family === family)?.address;
        return {
          name,
          mac: files.read(`${at}/address`)?.trim() ?? '',
          addresses: [first('IPv4'), first('IPv6')].filter((each) => each !== undefined),
          kind: whereIs(at).includes('/devices/virtual/')
            ? 'virtual'
            : files.exists(`${at}/wireless`) || files.exists(`${at}/phy80211`)
              ? 'wireless'
              : 'wired',
          up: state === 'up' || (state === 'unknown' && addresses.length > 0),
        };
      }),
  };
}

/** ARPHRD_ETHER (linux/if_arp.h): cables, wireless and bridges alike; neither the loopback nor tunnels. */
const etherType = '1';

const realPath = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path; // it went while we looked
  }
};

function fields(text: string | undefined, line: RegExp): Map<string, string> {
  const found = (text ?? '').split('\n').map((each) => line.exec(each));
  return new Map(found.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? '']] : [])));
}

/** Name of the processor, and its cores by package and number; where the kernel does not say them, each thread counts. */
function processors(text: string): Surface['cpu'] {
  const blocks = text.split(/\n\s*\n/).map((block) => fields(block, /^([^\t:]+?)\s*:\s*(.*)$/));
  const threads = blocks.filter((block) => block.has('processor'));
  const cores = new Set(threads.flatMap((block) => block.has('core id') ? [`${block.get('physical id')} ${block.get('core id')}`] : [])); // prettier-ignore
  const model = threads[0]?.get('model name') ?? os.cpus()[0]?.model ?? '';
  return {
    model: model.replaceAll(/\((R|TM)\)/gi, '').replaceAll(/\s+/g, ' ').trim() || 'unknown', // prettier-ignore
    cores: cores.size || threads.length || os.cpus().length,
  };
}

/** systeminformation's: macOS and Windows. */
async function elsewhere(): Promise<Surface> {
  const { default: si } = await import('systeminformation');
  const [cpu, memory, system, interfaces] = await Promise.all([
    si.cpu(),
    si.mem(),
    si.osInfo(),
    si.networkInterfaces(),
  ]);
  return {
    cpu: {
      model: [cpu.manufacturer, cpu.brand].filter(Boolean).join(' ') || os.cpus()[0]?.model || 'unknown',
      cores: cpu.physicalCores || os.cpus().length,
    },
    memory: { total: memory.total, available: memory.available, swapTotal: memory.swaptotal },
    os: { name: system.distro, version: system.release, kernel: system.kernel, arch: process.arch },
    network: (Array.isArray(interfaces) ? interfaces : [interfaces])
      .filter((nic) => !nic.internal)
      .map((nic) => ({
        name: nic.iface,
        mac: nic.mac,
        addresses: [nic.ip4, nic.ip6].filter(Boolean),
        kind: nic.virtual ? 'virtual' : nic.type === 'wireless' ? 'wireless' : nic.type === 'wired' ? 'wired' : 'other',
        up: nic.operstate === 'up' || nic.operstate === 'unknown',
      })),
  };
}
