import { execa } from 'execa';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Qmp } from '../../../main/embedded/machine/qemu/qmp.ts';
import { RewindLab } from '../../support/labs/rewind-lab.ts';
import { starterImage } from '../../support/starter.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';

const names = ['one', 'two', 'three'];
const runs = 5;
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};
const together = (work: (name: string) => Promise<unknown>): Promise<unknown> => Promise.all(names.map(work));

/** A checkpoint of a lab of three starter guests, and the way back to it, beside bare QEMU doing the same with three of them. */
export async function measure(): Promise<Figure[]> {
  const ours = await measureOurs();
  const bare = await measureBare();
  return [
    { what: 'checkpoint of a lab, three 128 MiB guests', ours: ours.take, bare: bare.save, bareName: 'stop, overlay, migrate to a file, cont', unit: 's', better: 'lower', goal: { own: 3 }, note: `median of ${runs}; guests go on meanwhile` },
    { what: 'the same beside savevm', ours: ours.take, bare: bare.savevm, bareName: 'savevm', unit: 's', better: 'lower' },
    { what: 'longest silence of a guest meanwhile', ours: ours.silence, bare: bare.save, bareName: 'the guest is stopped', unit: 's', better: 'lower', note: 'it speaks each 0.1 s' },
    { what: 'rewind of a lab, three 128 MiB guests', ours: ours.back, bare: bare.load, bareName: 'kill, overlay, -incoming', unit: 's', better: 'lower', goal: { own: 20 }, note: `median of ${runs}` },
    { what: 'the same beside loadvm', ours: ours.back, bare: bare.loadvm, bareName: 'loadvm in the same process', unit: 's', better: 'lower' },
  ]; // prettier-ignore
}

async function measureOurs(): Promise<{ take: number; back: number; silence: number }> {
  const lab = await RewindLab.start();
  try {
    await together((name) => lab.machine(name));
    for (const name of names) await lab.logIn(name);
    await lab.ask('one', '(while :; do cut -d" " -f1 /proc/uptime; sleep 0.1; done > /tmp/beat) & sleep 2');
    const takes: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      takes.push(await timed(async () => {
        const taken = await lab.checkpoints.take(lab.place, `step${run}`);
        if ('noCheckpoint' in taken) throw new Error(taken.noCheckpoint);
      })); // prettier-ignore
      await delay(1000);
    }
    const silence = Number(await lab.ask('one', `awk 'NR > 1 && $1 - l > m { m = $1 - l } { l = $1 } END { print m }' /tmp/beat`)); // prettier-ignore
    const backs: number[] = [];
    for (let run = runs - 1; run >= 0; run -= 1)
      backs.push(await timed(() => lab.checkpoints.back(lab.place, `step${run}`, new AbortController().signal)));
    return { take: median(takes), back: median(backs), silence };
  } finally {
    await lab.end();
  }
}

const startQemu = (args: string[]) =>
  execa('qemu-system-x86_64', args, { reject: false, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });

/** One QEMU on an overlay of the starter image, with nothing of Hearth around it. */
class Bare {
  readonly #folder: string;
  readonly #name: string;
  readonly #size: string;
  #qemu: ReturnType<typeof startQemu> | undefined;
  #layer = 0;
  qmp!: Qmp;
  constructor(folder: string, name: string, size: string) {
    this.#size = size;
    this.#folder = folder;
    this.#name = name;
  }
  #path(what: string): string {
    return join(this.#folder, `${this.#name}-${what}`);
  }
  /** `base` may be in use: its size is told. */
  async overlay(base: string): Promise<string> {
    const path = this.#path(`${(this.#layer += 1)}.qcow2`);
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', base, '-F', 'qcow2', path, this.#size]);
    return path;
  }
  async start(disk: string, state?: string): Promise<void> {
    rmSync(this.#path('qmp'), { force: true });
    this.#qemu = startQemu(
      ['-nodefaults', '-no-user-config', '-machine', 'q35', '-accel', 'tcg,tb-size=32', '-cpu', 'max', '-m', '128', '-display', 'none', '-serial', `file:${this.#path('serial')}`, '-qmp', `unix:${this.#path('qmp')},server=on,wait=off`, '-blockdev', JSON.stringify({ driver: 'qcow2', 'node-name': 'disk', file: { driver: 'file', filename: disk } }), '-device', 'virtio-blk-pci,drive=disk', ...(state === undefined ? [] : ['-incoming', 'fd:3'])],
    ); // prettier-ignore
    const memory = this.#qemu.stdio[3] as unknown as Writable;
    if (state !== undefined) void pipeline(createReadStream(state, { highWaterMark: 2 ** 20 }), memory);
    for (;;) {
      const qmp = await Qmp.connect(this.#path('qmp')).catch(() => undefined);
      if (!qmp) {
        await delay(5);
        continue;
      }
      this.qmp = qmp;
      break;
    }
    while ((await this.qmp.execute<{ status: string }>('query-status')).status === 'inmigrate') await delay(5);
    if (state !== undefined) await this.qmp.execute('cont');
  }
  async booted(): Promise<void> {
    while (!readFileSync(this.#path('serial'), 'latin1').includes('login:')) await delay(100);
  }
  async end(): Promise<void> {
    await this.qmp.execute('quit').catch(() => undefined);
    await this.#qemu;
  }
  /** Its memory in a file, its disk in a new layer: what a checkpoint is. */
  async save(layer: string): Promise<string> {
    const state = this.#path('state');
    const socket = this.#path('mem');
    rmSync(socket, { force: true });
    await this.qmp.execute('stop');
    await this.qmp.execute('blockdev-add', { driver: 'qcow2', 'node-name': layer, file: { driver: 'file', filename: await this.overlay('below') }, backing: null }); // prettier-ignore
    const [top] = (await this.qmp.execute<{ inserted?: { 'node-name': string } }[]>('query-block')).flatMap(({ inserted }) => inserted ?? []); // prettier-ignore
    await this.qmp.execute('blockdev-snapshot', { node: top?.['node-name'], overlay: layer });
    const server = createServer();
    const written = new Promise<void>((resolve, reject) => {
      server.once('connection', (from) => void pipeline(from, createWriteStream(state, { flush: true, highWaterMark: 4 * 2 ** 20 })).then(resolve, reject)); // prettier-ignore
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    await this.qmp.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 });
    await this.qmp.execute('migrate', { uri: `unix:${socket}` });
    while ((await this.qmp.execute<{ status: string }>('query-migrate')).status !== 'completed') await delay(5);
    await written;
    server.close();
    await this.qmp.execute('cont');
    return state;
  }
}

async function measureBare(): Promise<{ save: number; load: number; savevm: number; loadvm: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-bare-'));
  const image = await starterImage();
  const { stdout } = await execa('qemu-img', ['info', '--output=json', image]);
  const size = String((JSON.parse(stdout) as { 'virtual-size': number })['virtual-size']);
  const guests = new Map(names.map((name) => [name, new Bare(folder, name, size)]));
  const each = (work: (guest: Bare) => Promise<unknown>): Promise<unknown> =>
    together((name) => work(guests.get(name) as Bare));
  try {
    const disks = new Map<Bare, string>();
    await each(async (guest) => {
      const disk = await guest.overlay(image);
      disks.set(guest, disk);
      await guest.start(disk);
      await guest.booted();
    });
    const monitor = (line: string) => async (guest: Bare) => {
      const said = await guest.qmp.execute<string>('human-monitor-command', { 'command-line': line }, 120_000);
      if (said.trim() !== '') throw new Error(said);
    };
    const times = { save: [] as number[], load: [] as number[], savevm: [] as number[], loadvm: [] as number[] };
    for (let run = 0; run < runs; run += 1) times.savevm.push(await timed(() => each(monitor(`savevm s${run}`))));
    for (let run = 0; run < runs; run += 1) times.loadvm.push(await timed(() => each(monitor(`loadvm s${run}`))));
    for (let run = 0; run < runs; run += 1) {
      const states = new Map<Bare, string>();
      times.save.push(await timed(() => each(async (guest) => states.set(guest, await guest.save(`l${run}`)))));
      times.load.push(
        await timed(() =>
          each(async (guest) => {
            await guest.end();
            const disk = await guest.overlay(disks.get(guest) ?? '');
            await guest.start(disk, states.get(guest));
            disks.set(guest, disk);
          }),
        ),
      );
    }
    await each((guest) => guest.end());
    return { save: median(times.save), load: median(times.load), savevm: median(times.savevm), loadvm: median(times.loadvm) }; // prettier-ignore
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
