import { replayBytes } from './catch-up.ts';
import { join } from 'node:path';
import type { ObjectRef } from '../../contract/machine.ts';
import type { BytePipe } from '../../contract/procedure.ts';
import type { Log } from '../log.ts';
import { kinds, subresourcePath } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import { openStream, pipeOf } from '../target/streams.ts';
import type { OpenTarget } from '../target/target.ts';
import { openSerial } from './serial.ts';
import type { SerialConsole } from './serial.ts';

export interface Consoles {
  /** Raw RFB of the screen, one connection a viewer. Throws before it opens when the machine has no screen or is off. */
  vnc(ref: ObjectRef, signal: AbortSignal): Promise<BytePipe>;
  /** The scrollback first, then what comes. */
  serial(ref: ObjectRef): Promise<BytePipe>;
  serialLog(ref: ObjectRef): Promise<{ text: string; truncated: boolean }>;
  screenshot(ref: ObjectRef, signal: AbortSignal): Promise<{ png: string }>;
  close(): Promise<void>;
}

/** Screens and serial consoles of one target. `folder` keeps the scrollback of serial consoles. */
export function createConsoles(target: OpenTarget, options: { folder: string; log: Log }): Consoles {
  const open = new Map<string, Promise<SerialConsole>>();
  /** namespace/name of each open console, to connect it in the moment its machine runs. */
  const byName = new Map<string, Promise<SerialConsole>>();
  const instances = target.cache.use(kinds.virtualMachineInstances, undefined, {
    changed(key, vmi) {
      if (pickText(vmi, 'status', 'phase') === 'Running') void byName.get(key)?.then((serial) => serial.retry());
    },
  });
  const path = (ref: ObjectRef, ...rest: [string, ...string[]]): string =>
    subresourcePath(kinds.virtualMachineInstances, ref, ...rest);

  async function consoleOf(ref: ObjectRef): Promise<SerialConsole> {
    // By uid: a new machine of an old name must not show the old one's words. It also checks that there is such a machine.
    const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name);
    const uid = vm.metadata.uid ?? '';
    const known = open.get(uid);
    if (known) return known;
    const opening = openSerial({
      connect: (signal) =>
        openStream(target.client, path(ref, 'console'), signal, { 'hearth-replay': String(replayBytes) }),
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
    vnc: async (ref, signal) => pipeOf(await openStream(target.client, path(ref, 'vnc'), signal)),
    serial: async (ref) => (await consoleOf(ref)).attach(),
    serialLog: async (ref) => (await consoleOf(ref)).text(),
    async screenshot(ref, signal) {
      const bytes = await target.client.bytes('GET', path(ref, 'vnc', 'screenshot'), {
        signal,
        headers: { accept: 'image/png' },
      });
      return { png: bytes.toString('base64') };
    },
    close: async () => {
      instances.release();
      await Promise.all([...open.keys()].map(close));
    },
  };
}
