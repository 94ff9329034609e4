import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { FrameReader, packetOf } from '../../main/embedded/network/switch/frames.ts';
import { macBytes } from '../../main/embedded/network/switch/packet.ts';
import type { FromSwitch, NameRecord, PortCounters, PortFaults, SwitchPort, ToSwitch } from '../../main/embedded/network/switch/protocol.ts'; // prettier-ignore

const program = resolve(import.meta.dirname, '../../main/embedded/network/switch/main.ts');

/** One end that QEMU would have: a Unix socket on which frames come and go, each with its length before it. */
export class RawCard {
  readonly path: string;
  readonly got: Buffer[] = [];
  connections = 0;
  readonly #server: Server;
  #socket: Socket | undefined;
  #deaf = false;

  constructor(path: string) {
    this.path = path;
    this.#server = createServer((socket) => {
      this.connections += 1;
      this.#socket = socket;
      const reader = new FrameReader();
      socket.on('data', (chunk: Buffer) => reader.push(chunk, (packet) => this.got.push(Buffer.from(packet.subarray(4))))); // prettier-ignore
      socket.on('error', () => socket.destroy());
      if (this.#deaf) socket.pause();
    }).listen(path);
  }

  /** Takes nothing that is sent to it, or does again. */
  deaf(deaf: boolean): void {
    this.#deaf = deaf;
    if (deaf) this.#socket?.pause();
    else this.#socket?.resume();
  }

  /** Bytes as they are, not even frames; resolves when the kernel has them. False where the switch hung up. */
  raw(bytes: Buffer): Promise<boolean> {
    const socket = this.#socket;
    if (!socket || socket.destroyed) return Promise.resolve(false);
    return new Promise((done) => socket.write(bytes, (error) => done(!error)));
  }

  send(...frames: Buffer[]): Promise<boolean> {
    return this.raw(Buffer.concat(frames.map((frame) => packetOf(frame))));
  }

  /** The first frame that `is`, from now or before; waits up to 3 s. */
  async frame(is: (frame: Buffer) => boolean): Promise<Buffer> {
    for (const end = Date.now() + 3000; Date.now() < end; await wait(2)) {
      const found = this.got.find((frame) => is(frame));
      if (found) return found;
    }
    throw new Error(`the frame did not come; ${this.got.length} others did`);
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }
}

/** The real switch in a process of its own, between ends that a test plays. */
export class SwitchLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'hs-'));
  readonly heard: FromSwitch[] = [];
  readonly #cards = new Map<string, RawCard>();
  readonly #ports = new Map<string, SwitchPort>();
  readonly #child: ChildProcess;
  #engine: Socket | undefined;
  #names: NameRecord[] = [];
  #asked = 0;

  private constructor() {
    this.#child = spawn(process.execPath, ['--max-old-space-size=96', program, join(this.folder, 's')], { stdio: ['ignore', 'ignore', 'inherit'] }); // prettier-ignore
  }

  static async open(): Promise<SwitchLab> {
    const lab = new SwitchLab();
    for (const end = Date.now() + 10_000; !lab.#engine; await wait(20)) {
      const socket = connect(join(lab.folder, 's'));
      const joined = await once(socket, 'connect').then(() => true, () => false); // prettier-ignore
      if (joined) lab.#engine = socket;
      else if (Date.now() > end) throw new Error('the switch does not run');
    }
    createInterface({ input: lab.#engine }).on('line', (line) => lab.heard.push(JSON.parse(line) as FromSwitch));
    return lab;
  }

  /** A card on a network (`pod` with an address there has an uplink `<id>-up` too). */
  plug(machine: string, mac: string, on: { network: string; address?: string } | { pod: string }): RawCard {
    const id = `${machine}/nic`;
    const card = this.#card(machine);
    const place: SwitchPort['on'] = 'pod' in on
      ? { pod: { uplink: this.#card(`${machine}-up`).path, address: on.pod } }
      : { network: on.network, names: true, ...(on.address ? { ipv4: { address: on.address, prefix: 24, server: '10.9.0.1' } } : {}) }; // prettier-ignore
    this.#ports.set(id, { id, namespace: 'default', mac, socket: card.path, on: place });
    return card;
  }

  card(name: string): RawCard {
    const card = this.#cards.get(name);
    if (!card) throw new Error(`no card ${name}`);
    return card;
  }

  #card(name: string): RawCard {
    const card = new RawCard(join(this.folder, name));
    this.#cards.set(name, card);
    return card;
  }

  /** Tells the switch all that was plugged, and waits until it is. */
  async apply(names: NameRecord[] = this.#names): Promise<void> {
    this.#names = names;
    this.#tell({ config: { ports: [...this.#ports.values()], names } });
    for (const end = Date.now() + 10_000; [...this.#cards.values()].some(({ connections }) => connections === 0); await wait(5))
      if (Date.now() > end) throw new Error('not every card is plugged in'); // prettier-ignore
  }

  /** What is wrong with a machine's card from now on. */
  async fault(machine: string, faults: PortFaults | undefined): Promise<void> {
    const { faults: _before, ...port } = this.#ports.get(`${machine}/nic`) ?? {};
    this.#ports.set(`${machine}/nic`, { ...(port as SwitchPort), ...(faults && { faults }) });
    await this.apply();
    await this.counters(machine); // it heeds one word after the other
  }

  async counters(machine: string): Promise<PortCounters> {
    const id = (this.#asked += 1);
    this.#tell({ counters: id });
    for (const end = Date.now() + 5000; Date.now() < end; await wait(2)) {
      const answer = this.heard.find((one) => 'counters' in one && one.counters === id);
      const port = answer && 'counters' in answer ? answer.ports[`${machine}/nic`] : undefined;
      if (port) return port;
    }
    throw new Error('the switch does not answer the engine');
  }

  #tell(message: ToSwitch): void {
    this.#engine?.write(`${JSON.stringify(message)}\n`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Memory of the switch now, in MiB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  }

  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  close(): void {
    this.#child.kill('SIGKILL');
    this.#engine?.destroy();
    for (const card of this.#cards.values()) card.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An Ethernet frame of any type with any content. */
export function etherFrame(to: string, from: string, type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(14);
  macBytes(to).copy(head, 0);
  macBytes(from).copy(head, 6);
  head.writeUInt16BE(type, 12);
  return Buffer.concat([head, body]);
}
