import { replayBytes } from './catch-up.ts';
import { join } from 'node:path';
import type { ScreenText } from '../../contract/consoles.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { BytePipe } from '../../contract/procedure.ts';
import type { Log } from '../log.ts';
import { screenTextOf } from '../screen-text/screen-text.ts';
import { kinds, subresourcePath } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import { openStream } from '../target/streams.ts';
import { consoleRefusals } from './refused.ts';
import type { OpenTarget } from '../target/target.ts';
import { createLogSweep } from './log-sweep.ts';
import { createPictures } from './pictures.ts';
import type { Pictures } from './pictures.ts';
import { createScreens } from './screens.ts';
import { openSerial } from './serial.ts';
import type { SerialConsole, SerialMark } from './serial.ts';

export interface Consoles {
  /**
   * Raw RFB of the screen, one viewer at a time. Throws before it opens when the machine has no screen or is off, and
   * `console-taken` without `take` while somebody is in.
   */
  vnc(ref: ObjectRef & { take: boolean }, signal: AbortSignal): Promise<BytePipe>;
  /** The scrollback first, then what comes. `brief`: who only looks in, and does not keep the console open. */
  serial(ref: ObjectRef, brief?: boolean): Promise<BytePipe>;
  serialLog(ref: ObjectRef): Promise<{ text: string; truncated: boolean }>;
  /** The same as text, or what came since a mark. */
  serialText(ref: ObjectRef, since?: SerialMark): Promise<{ text: string; truncated: boolean }>;
  /** Where the serial console is now. */
  serialMark(ref: ObjectRef): Promise<SerialMark>;
  /** Keeps what the console says from now on, without a viewer, until it is called off. */
  listen(ref: ObjectRef, signal: AbortSignal): Promise<void>;
  screenshot(ref: ObjectRef, signal: AbortSignal): Promise<{ png: string }>;
  /** The text of the screen as it is now. Throws as `screenshot` does. */
  screenText(ref: ObjectRef, signal: AbortSignal): Promise<ScreenText>;
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

  const logs = createLogSweep({
    folder: options.folder,
    log: options.log,
    isOpen: (uid) => open.has(uid),
  });
  const machines = target.cache.use(kinds.virtualMachines, undefined, {
    changed: (key, vm) => logs.changed(key, vm?.metadata.uid),
    state() {
      if (machines.synced) logs.known();
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
    await logs.closed(uid);
  }
  return {
    vnc: ({ take, ...ref }, signal) => screens.open(ref, take, signal),
    serial: async (ref, brief) => (await consoleOf(ref)).attach(brief),
    serialLog: async (ref) => (await consoleOf(ref)).text(),
    serialText: async (ref, since) => (await consoleOf(ref)).text(since),
    serialMark: async (ref) => (await consoleOf(ref)).mark(),
    async listen(ref, signal) {
      const letGo = (await consoleOf(ref)).hold();
      if (signal.aborted) letGo();
      else signal.addEventListener('abort', letGo, { once: true });
    },
    screenshot: async (ref, signal) => ({ png: (await shot(ref, signal)).toString('base64') }),
    screenText: async (ref, signal) => screenTextOf(await shot(ref, signal)),
    pictures: (wanted, signal) => pictures.watch(wanted, signal),
    close: async () => {
      instances.release();
      machines.release();
      pictures.close();
      await Promise.all([...open.keys()].map(close));
    },
  };
}
