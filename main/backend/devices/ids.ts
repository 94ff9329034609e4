import type { DeviceFiles } from './files.ts';

/** Names by the numbers of pci.ids or usb.ids (hwdata, pciutils, usbutils). */
export interface Ids {
  vendor(id: string): string | undefined;
  device(vendor: string, device: string): string | undefined;
  /** By class and subclass, e.g. `0200`. */
  className(id: string): string | undefined;
}

const places = (kind: 'pci' | 'usb'): string[] =>
  ['/usr/share/misc', '/usr/share/hwdata', '/var/lib/usbutils', '/usr/share'].map((folder) => `${folder}/${kind}.ids`);

/** The list of this computer; undefined where none is installed. */
export function readIds(files: DeviceFiles, kind: 'pci' | 'usb'): Ids | undefined {
  for (const path of places(kind)) {
    const text = files.read(path);
    if (text !== undefined) return parseIds(text);
  }
  return undefined;
}

/** Lines `vvvv  Name`, TAB `dddd  Name`, then `C cc  Class`, TAB `ss  Subclass`. Pure. */
export function parseIds(text: string): Ids {
  const vendors = new Map<string, string>();
  const devices = new Map<string, string>();
  const classes = new Map<string, string>();
  let vendor = '';
  let group: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line === '' || line.startsWith('\t\t')) continue;
    const top = /^(C )?([0-9a-f]{2,4}) {2}(.*)$/.exec(line);
    const below = /^\t([0-9a-f]{2,4}) {2}(.*)$/.exec(line);
    if (top?.[2] && top[3] !== undefined) {
      group = top[1] ? top[2] : undefined;
      if (group === undefined) vendors.set((vendor = top[2]), top[3]);
      else classes.set(group, top[3]);
    } else if (below?.[1] && below[2] !== undefined) {
      if (group !== undefined) classes.set(group + below[1], below[2]);
      else devices.set(`${vendor}:${below[1]}`, below[2]);
    } else if (!line.startsWith('\t')) {
      // Other lists at the end of usb.ids (audio terminals, languages...): not for us.
      group = '-';
    }
  }
  return {
    vendor: (id) => vendors.get(id),
    device: (one, id) => devices.get(`${one}:${id}`),
    className: (id) => classes.get(id) ?? classes.get(id.slice(0, 2)),
  };
}
