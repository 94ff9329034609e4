import { spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { programBeside } from '../process/program.ts';
import type { EnginePaths, Log } from '../kube/context.ts';
import { protocolVersion } from './switch/protocol.ts';
import type { FromSwitch, PortCounters, SwitchConfig, ToSwitch } from './switch/protocol.ts';
import { monotonic } from '../kube/monotonic.ts';

/** From spawn to the first answer: 60 ms usual. Milliseconds. */
const startLimit = 10_000;
/** Bytes after which its log begins anew. */
const longestLog = 2 ** 20;
const pauses = [0, 200, 1000, 5000, 15_000];

/**
 * The engine's end of the switch: starts it when the first port is wanted, tells it what holds, and starts it again when
 * it is gone. It outlives the engine; the next one finds it at its socket.
 */
export class SwitchClient {
  readonly #path: string;
  readonly #logFile: string;
  readonly #log: Log;
  readonly #onSeen: (port: string, addresses: string[]) => void;
  readonly #onState: (runs: boolean) => void;
  /** Who waits, each for the answer to one of the words sent; the switch answers in order. */
  #waiting: { word: number; done: () => void }[] = [];
  #words = 0;
  #heeded = 0;
  readonly #asked = new Map<number, (ports: Record<string, PortCounters>) => void>();
  #config: SwitchConfig = { ports: [], names: [] };
  #sent = '';
  #socket: Socket | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;
  #lost = false;
  #next = 1;
  #failures = 0;

  /** `onState`: the switch is gone though it was needed, and when a new one has taken over. */
  constructor(
    paths: EnginePaths,
    log: Log,
    onSeen: (port: string, addresses: string[]) => void,
    onState: (runs: boolean) => void,
  ) {
    this.#onState = onState;
    this.#path = join(paths.run, 'switch.sock');
    this.#logFile = join(paths.root, 'switch.log');
    this.#log = log;
    this.#onSeen = onSeen;
  }

  /** What holds from now on. Nothing is done where nothing changed. */
  set(config: SwitchConfig): void {
    this.#config = config;
    if (config.ports.length > 0 || this.#socket) this.#keep();
    this.#send();
  }

  /** Resolves when the switch has heeded all that was set so far; after 5 s at the latest (it will, later). */
  async settled(): Promise<void> {
    if (this.#config.ports.length === 0 && !this.#socket) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Without a switch the first word to the next one.
    const waiter = { word: this.#socket ? this.#words : 1, done: resolve };
    if (this.#socket && this.#heeded >= this.#words) return;
    this.#waiting.push(waiter);
    await Promise.race([promise, delay(5000, undefined, { ref: false })]);
    this.#waiting = this.#waiting.filter((one) => one !== waiter);
  }

  /** Traffic by port; empty where no switch runs. */
  async counters(): Promise<Record<string, PortCounters>> {
    if (!this.#socket) return {};
    const id = this.#next++;
    const answer = new Promise<Record<string, PortCounters>>((resolve) => this.#asked.set(id, resolve));
    this.#write({ counters: id });
    const ports = await Promise.race([answer, delay(1000, {}, { ref: false })]);
    this.#asked.delete(id);
    return ports;
  }

  /** Lets go. With `end` the switch ends too, nobody needs it: resolves when it did (after 2 s at the latest). */
  async stop(end: boolean): Promise<void> {
    this.#stopped = true;
    const socket = this.#socket;
    if (!end || !socket) return void socket?.destroy();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.end(`${JSON.stringify({ end: true } satisfies ToSwitch)}\n`);
    await Promise.race([closed, delay(2000, undefined, { ref: false })]);
  }

  #keep(): void {
    if (this.#running || this.#stopped || this.#socket) return;
    this.#running = this.#open()
      .catch((error: unknown) => {
        this.#failures += 1;
        this.#log.error({ err: error }, 'the switch between machines does not run; it is tried again');
      })
      .finally(() => {
        this.#running = undefined;
        if (!this.#socket && !this.#stopped && this.#config.ports.length > 0) void this.#again();
      });
  }

  async #again(): Promise<void> {
    await delay(pauses[Math.min(this.#failures, pauses.length - 1)] ?? 0, undefined, { ref: false });
    this.#keep();
  }

  async #open(): Promise<void> {
    let socket = await this.#connect();
    const end = monotonic() + startLimit;
    for (let started = false; !socket; socket = await this.#connect()) {
      if (this.#stopped) return;
      if (!started) this.#start();
      started = true;
      if (monotonic() > end) throw new Error('the switch did not answer');
      await delay(20, undefined, { ref: false });
    }
    if (this.#stopped) return void socket.destroy();
    this.#join(socket);
  }

  #connect(): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      const socket = connect(this.#path);
      socket.once('connect', () => resolve(socket));
      socket.once('error', () => resolve(undefined));
    });
  }

  #start(): void {
    const long = (statSync(this.#logFile, { throwIfNoEntry: false })?.size ?? 0) > longestLog;
    const log = openSync(this.#logFile, long ? 'w' : 'a', 0o600);
    // A process of its own that outlives this one, as the machines do; small, for it only passes things on.
    const child = spawn(
      process.execPath,
      ['--max-old-space-size=96', programBeside(import.meta, 'switch/main.ts', 'switch.js'), this.#path],
      {
        detached: true,
        stdio: ['ignore', 'ignore', log],
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    );
    closeSync(log);
    child.on('error', (error) => this.#log.error({ err: error }, 'the switch could not be started'));
    child.unref();
  }

  #join(socket: Socket): void {
    this.#socket = socket;
    this.#sent = '';
    [this.#words, this.#heeded] = [0, 0];
    for (const waiter of this.#waiting) waiter.word = 1;
    this.#failures = 0;
    socket.setEncoding('utf8');
    // The engine may end while the switch runs.
    socket.unref();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      if (this.#stopped || this.#config.ports.length === 0) return;
      if (!this.#lost) this.#onState(false);
      this.#lost = true;
      this.#keep();
    });
    const lines = createInterface({ input: socket });
    lines.on('error', () => socket.destroy());
    lines.on('line', (line) => {
      try {
        this.#heed(JSON.parse(line) as FromSwitch);
      } catch (error) {
        this.#log.warn({ err: error }, 'a word of the switch');
      }
    });
    this.#write({ hello: protocolVersion });
    this.#send();
  }

  #heed(message: FromSwitch): void {
    if ('seen' in message) this.#onSeen(message.seen.port, message.seen.addresses);
    else if ('applied' in message) {
      this.#heeded += 1;
      if (this.#lost) this.#onState(true);
      this.#lost = false;
      for (const { word, done } of this.#waiting) if (word <= this.#heeded) done();
    } else if ('counters' in message) this.#asked.get(message.counters)?.(message.ports);
  }

  #send(): void {
    if (!this.#socket) return;
    const text = JSON.stringify(this.#config);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#words += 1;
    this.#write({ config: this.#config });
  }

  #write(message: ToSwitch): void {
    this.#socket?.write(`${JSON.stringify(message)}\n`);
  }
}
