import type { DeviceLoss } from '../../contract/devices.ts';
import type { DeviceFiles } from './files.ts';

/** What of this computer hangs on which device: paths below /sys/devices with what is lost there. */
export interface Use {
  path: string;
  loss: DeviceLoss;
}

/** Everything this computer itself uses, by the devices it hangs on. */
export function usesOf(files: DeviceFiles): Use[] {
  return [...networks(files), ...disks(files), ...keyboards(files)];
}

/** What a device (its path below /sys/devices) carries. Pure. */
export const lossesAt = (uses: readonly Use[], path: string): DeviceLoss[] =>
  uses.filter((use) => use.path === path || use.path.startsWith(`${path}/`)).map(({ loss }) => loss);

function networks(files: DeviceFiles): Use[] {
  const routed = new Set(
    (files.read('/proc/net/route') ?? '')
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .filter(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')
      .map(([name]) => name),
  );
  return files.list('/sys/class/net').flatMap((name): Use[] => {
    const path = files.real(`/sys/class/net/${name}/device`);
    if (!path) return [];
    // A bridge or bond with the default route has it by this card.
    const master = files.real(`/sys/class/net/${name}/master`)?.split('/').at(-1);
    const carries = routed.has(name) || (master !== undefined && routed.has(master));
    const up = files.read(`/sys/class/net/${name}/operstate`)?.trim() === 'up';
    if (!carries && !up) return [];
    const text = carries
      ? `The network card ${name}, by which this computer reaches its network (default route): it and Hearth's pages for other computers would go offline.`
      : `The network card ${name}, which is connected.`;
    return [{ path, loss: { kind: 'network', text } }];
  });
}

function disks(files: DeviceFiles): Use[] {
  const mounts = (files.read('/proc/self/mountinfo') ?? '')
    .split('\n')
    .map((line) => line.split(' '))
    .filter((words) => words.length > 6)
    .map(([, , device = '', , point = '', , ...rest]) => ({
      device,
      point: point.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
      source: rest[rest.indexOf('-') + 2] ?? '',
    }));
  const seen = new Set<string>();
  return mounts.flatMap(({ device, point, source }): Use[] =>
    physical(files, `/sys/dev/block/${device}`, source).flatMap((path): Use[] => {
      if (seen.has(`${path} ${point}`)) return [];
      seen.add(`${path} ${point}`);
      const root = point === '/';
      const text = root
        ? 'The disk with the root file system: this computer would stop at once.'
        : `The disk that is mounted at ${point}.`;
      return [{ path, loss: { kind: root ? 'root-disk' : 'disk', text } }];
    }),
  );
}

/** Paths of the disks below a block device, through device mapper, RAID and partitions. btrfs names no device: its source does. */
function physical(files: DeviceFiles, link: string, source: string, depth = 0): string[] {
  const path = files.real(link) ?? (source.startsWith('/dev/') ? files.real(`/sys/class/block/${source.slice('/dev/'.length)}`) : undefined); // prettier-ignore
  if (!path || depth > 8) return [];
  const slaves = files.list(`${path}/slaves`);
  if (slaves.length > 0) return slaves.flatMap((slave) => physical(files, `${path}/slaves/${slave}`, '', depth + 1));
  return path.includes('/virtual/') ? [] : [path];
}

function keyboards(files: DeviceFiles): Use[] {
  return (files.read('/proc/bus/input/devices') ?? '').split('\n\n').flatMap((block): Use[] => {
    const path = /^S: Sysfs=(.*)$/m.exec(block)?.[1];
    const name = /^N: Name="(.*)"$/m.exec(block)?.[1] ?? 'input device';
    const handlers = /^H: Handlers=(.*)$/m.exec(block)?.[1] ?? '';
    // Keys of a lid or a power button are no keyboard; those have the letters: EV=120013.
    const typing = /\bkbd\b/.test(handlers) && /^B: EV=120013$/m.test(block);
    const pointing = /\bmouse\d+\b/.test(handlers);
    if (!path || (!typing && !pointing)) return [];
    const text = typing ? `The keyboard “${name}” of this computer.` : `The pointer “${name}” of this computer.`;
    return [{ path: `/sys${path}`, loss: { kind: 'keyboard', text } }];
  });
}
