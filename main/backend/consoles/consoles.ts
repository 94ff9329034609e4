import { replayBytes } from './catch-up.ts';
import { join } from 'node:path';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { BytePipe } from '../../contract/procedure.ts';
import type { Log } from '../log.ts';
import { kinds, subresourcePath } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import { openStream } from '../target/streams.ts';
import { consoleRefusals } from './refused.ts';
import type { OpenTarget } from '../target/target.ts';
import { createPictures } from './pictures.ts';
import type { Pictures } from './pictures.ts';
import { createScreens } from './screens.ts';
import { openSerial } from './serial.ts';
import type { SerialConsole } from './serial.ts';

export interface Consoles {
  /**
   * Raw RFB of the screen, one viewer at a time. Throws before it opens when the machine has no screen or is off, and
   * `console-taken` without `take` while somebody is in.
   */
  vnc(ref: ObjectRef & { take: boolean }, signal: AbortSignal): Promise<BytePipe>;
  /** The scrollback first, then what comes. */
  serial(ref: ObjectRef): Promise<BytePipe>;
  serialLog(ref: ObjectRef): Promise<{ text: string; truncated: boolean }>;
  screenshot(ref: ObjectRef, signal: AbortSignal): Promise<{ png: string }>;
  pictures: Pictures['watch'];
  close(): Promise<void>;
}

/** Screens and serial consoles of one target. `folder` keeps the scrollback of serial consoles. */
export function createConsoles(target: OpenTarget, options: { folder: string; log: Log }): Consoles {
  const open = new Map<string, Promise<SerialConsole>>();
  /** namespace/name of each open console, to connect it in the moment its machine runs. */
  const byName = new Map<string, Promise<SerialConsole>>();
  const path = (ref: ObjectRef, ...rest: [string, ...string[]]): string =>
    subresourcePath(kinds.virtualMachineInstances, ref, ...rest);
  const screens = createScreens((ref, preserve, signal) =>
    openStream(target.client, path(ref, 'vnc'), signal, preserve ? { preserveSession: 'true' } : {}),
  );
  const shot = (ref: ObjectRef, signal: AbortSignal): Promise<Buffer> =>
    target.client.bytes('GET', path(ref, 'vnc', 'screenshot'), { signal, headers: { accept: 'image/png' } });
  const pictures = createPictures({
    take: shot,
    isRunning: (ref) => pickText(instances.get(ref.namespace, ref.name), 'status', 'phase') === 'Running',
  });
  const instances = target.cache.use(kinds.virtualMachineInstances, undefined, {
    changed(key, vmi) {
      pictures.changed();
      if (pickText(vmi, 'status', 'phase') === 'Running') void byName.get(key)?.then((serial) => serial.retry());
    },
    // The target was lost or is there again: do not wait for the next try.
    state() {
      for (const serial of byName.values()) void serial.then((each) => each.retry());
    },
  });

  async function consoleOf(ref: ObjectRef): Promise<SerialConsole> {
    // By uid: a new machine of an old name must not show the old one's words. It also checks that there is such a machine.
    const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name);
    const uid = vm.metadata.uid ?? '';
    const known = open.get(uid);
    if (known) return known;
    const opening = openSerial({
      connect: (signal) =>
        openStream(target.client, path(ref, 'console'), signal, { 'hearth-replay': String(replayBytes) }),
      forGood: consoleRefusals(target, ref),
      file: join(options.folder, `${uid}.log`),
      log: options.log,
      unused: () => void close(uid),
    });
    open.set(uid, opening);
    byName.set(`${ref.namespace}/${ref.name}`, opening);
    opening.catch(() => open.delete(uid)); // the caller below has the error
    return opening;
  }
  async function close(uid: string): Promise<void> {
    const known = open.get(uid);
    open.delete(uid);
    for (const [key, serial] of byName) if (serial === known) byName.delete(key);
    await (await known)?.close();
  }
  return {
    vnc: ({ take, ...ref }, signal) => screens.open(ref, take, signal),
    serial: async (ref) => (await consoleOf(ref)).attach(),
    serialLog: async (ref) => (await consoleOf(ref)).text(),
    screenshot: async (ref, signal) => ({ png: (await shot(ref, signal)).toString('base64') }),
    pictures: (wanted, signal) => pictures.watch(wanted, signal),
    close: async () => {
      instances.release();
      pictures.close();
      await Promise.all([...open.keys()].map(close));
    },
  };
}
