import { readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connected } from '../../kube/connected.ts';
import type { Qmp } from '../qemu/qmp.ts';

/** Someone looks at the screen and the newcomer asked not to push them out. */
export class ScreenBusy extends Error {
  override readonly name = 'ScreenBusy';
}

/** A machine's screen: RFB bytes over QEMU's Unix socket. The newest viewer wins, as in KubeVirt. */
export class Screen {
  readonly #path: string;
  #viewer: Socket | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws ScreenBusy with `preserve` when a viewer is there. */
  async attach(preserve: boolean): Promise<Duplex> {
    if (preserve && this.#viewer) throw new ScreenBusy('Active VNC connection. Request denied.');
    this.#viewer?.destroy();
    return connected({ path: this.#path }, (socket) => {
      this.#viewer = socket;
      socket.once('close', () => {
        if (this.#viewer === socket) this.#viewer = undefined;
      });
    });
  }

  close(): void {
    this.#viewer?.destroy();
  }
}

/** Pictures under way, by their file: QEMU writes one at a time into it. */
const underWay = new Map<string, Promise<unknown>>();

/** A PNG of the screen. `path` is a private file, removed afterwards; who comes meanwhile waits for a picture of their own. */
export async function screenshot(qmp: Qmp, path: string): Promise<Buffer> {
  const before = underWay.get(path);
  const picture = (async () => {
    await before?.catch(() => undefined); // whoever asked has the error
    return dump(qmp, path);
  })();
  underWay.set(path, picture);
  try {
    return await picture;
  } finally {
    if (underWay.get(path) === picture) underWay.delete(path);
  }
}

async function dump(qmp: Qmp, path: string): Promise<Buffer> {
  try {
    await qmp.execute('screendump', { filename: path, format: 'png' });
    return await readFile(path);
  } finally {
    await rm(path, { force: true });
  }
}
