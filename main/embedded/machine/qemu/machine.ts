import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import type { EnginePaths, Log } from '../../kube/context.ts';
import { Screen } from '../console/screen.ts';
import { SerialConsole } from '../console/serial.ts';
import { machineFiles, removeSockets } from '../files.ts';
import type { MachineFiles, MachineRecord } from '../files.ts';
import { endTpm } from '../tpm/tpm.ts';
import { LiveState } from '../live/state.ts';
import { askAgent } from './agent.ts';
import { outcomeOf } from './exit.ts';
import type { Outcome } from './exit.ts';
import { processFacts, sameProcess, signal, tailOf } from './process.ts';
import { Qmp, QmpClosed } from './qmp.ts';
import type { QmpEvent } from './qmp.ts';
import { monotonic } from '../../kube/monotonic.ts';

export type PauseReason = 'PausedByUser' | 'PausedIOError';

/** How long after a soft reboot a shutdown of the guest still belongs to it (ms). */
const rebootPatience = 180_000;

/** What `change` tells: the state is in the machine. */
/** `devices`: a disk, a disc, CPUs or memory came, went, or would not go. */
export type MachineChange = 'paused' | 'resumed' | 'agent' | 'reset' | 'failed' | 'devices' | 'network';

/** One QEMU process: started here, or found again. Emits `change` and, once, `ended`. */
export class Machine extends EventEmitter<{ change: [MachineChange]; ended: [Outcome] }> {
  readonly record: MachineRecord;
  readonly files: MachineFiles;
  readonly serial: SerialConsole;
  readonly screen: Screen;
  /** Addresses of its interfaces as the engine's networks know them, latest last. */
  readonly nics = new Map<string, { addresses: string[] }>();
  readonly #log: Log;
  #qmp: Qmp | undefined;
  #exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  readonly #exited = Promise.withResolvers<void>();
  readonly #own: boolean;
  #shutdown: string | undefined;
  #asked = false;
  #detached = false;
  #agentTurn: Promise<unknown> = Promise.resolve();
  #changes: Promise<unknown> = Promise.resolve();
  /** What it has now, where that differs from its start. */
  readonly live = new LiveState();
  #noSpace = false;
  #cycleUntil = 0;
  paused: PauseReason | undefined;
  /** A snapshot stops the guest for a moment: nobody is told of it. */
  quiet = false;
  /** Set when QEMU stopped the guest for an error of its own; the guest cannot go on. */
  broken: string | undefined;
  agentConnected = false;
  outcome: Outcome | undefined;
  /** Last resident size seen. */
  resident: number | undefined;

  constructor(record: MachineRecord, paths: EnginePaths, log: Log, child?: ChildProcess) {
    super();
    this.record = record;
    this.files = machineFiles(paths, record.uid, record.identity);
    this.#log = log.child({ vmi: `${record.namespace}/${record.name}`, pid: record.pid });
    this.serial = new SerialConsole(this.files.serial, this.files.serialLog, this.#log);
    this.screen = new Screen(this.files.vnc);
    this.#own = child !== undefined;
    child?.once('exit', (code, name) => {
      this.#exit = { code, signal: name };
      this.#exited.resolve();
    });
  }

  get qmp(): Qmp {
    if (!this.#qmp || this.#qmp.closed) throw new QmpClosed('the machine does not answer');
    return this.#qmp;
  }

  /** Takes the QMP connection over: events first, then the state they cannot have told. */
  async attach(qmp: Qmp): Promise<void> {
    this.#qmp = qmp;
    qmp.on('event', (event) => {
      this.#onEvent(event).catch((error: unknown) => {
        // QEMU ends in the middle of what an event leads to: its end is told elsewhere.
        this.#log[error instanceof QmpClosed ? 'debug' : 'warn']({ err: error, event: event.event }, 'QMP event');
      });
    });
    qmp.once('close', () => void this.#onClose());
    await this.#readState();
    if (this.record.argv.includes('chardev:serial0')) await this.serial.start();
  }

  async pause(): Promise<void> {
    await this.qmp.execute('stop');
  }
  async resume(): Promise<void> {
    await this.qmp.execute('cont');
  }
  async reset(): Promise<void> {
    await this.qmp.execute('system_reset');
  }
  /** Presses the power button. A paused guest is woken, or it could not react. */
  async powerDown(): Promise<void> {
    this.#cycleUntil = 0;
    if (this.paused === 'PausedByUser') await this.resume();
    await this.qmp.execute('system_powerdown');
  }

  /** Presses the power button; when the guest is off it starts anew in the same process. */
  async powerCycle(): Promise<void> {
    await this.powerDown();
    this.expectReboot();
  }

  /** A guest that shuts down in the next minutes was asked to reboot: it is started again instead of ending. */
  expectReboot(): void {
    this.#cycleUntil = monotonic() + rebootPatience;
  }

  /** Ends QEMU at once: `quit`, after 2 s SIGTERM, after 5 s SIGKILL. Resolves when it is gone. */
  async quit(): Promise<void> {
    if (this.outcome) return;
    this.#asked = true;
    const gone = new Promise<void>((resolve) => this.once('ended', () => resolve()));
    const within = (ms: number) => Promise.race([gone.then(() => true), delay(ms, false, { ref: false })]);
    try {
      await this.qmp.execute('quit', undefined, 2000);
    } catch (error) {
      this.#log.debug({ err: error }, 'quit was not answered');
    }
    if (await within(2000)) return;
    if (sameProcess(this.record)) signal(this.record.pid, 'SIGTERM');
    if (await within(3000)) return;
    if (sameProcess(this.record)) signal(this.record.pid, 'SIGKILL');
    await this.#finish();
  }

  /** Lets go; QEMU runs on. */
  detach(): void {
    this.#detached = true;
    this.#qmp?.close();
    this.serial.close();
    this.screen.close();
  }

  /**
   * Changes of the machine's devices and block nodes, one at a time: attaching a disk, taking a snapshot of one, pulling a
   * network card. Whoever changes what QEMU has does it inside of this.
   */
  changing<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#changes.then(work);
    this.#changes = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  /** Asks the guest's agent, one conversation at a time. Throws AgentError. */
  agent<T>(questions: (ask: <A>(command: string, parameters?: object) => Promise<A>) => Promise<T>): Promise<T> {
    const turn = this.#agentTurn.then(() => askAgent(this.files.agent, questions));
    this.#agentTurn = turn.catch(() => undefined);
    return turn;
  }

  #cycling(): boolean {
    return monotonic() < this.#cycleUntil;
  }

  async #onEvent({ event, data }: QmpEvent): Promise<void> {
    switch (event) {
      case 'SHUTDOWN':
        if (data['guest'] === true && this.#cycling()) {
          await this.qmp.execute('system_reset');
          break;
        }
        // Our own `quit` after the guest's shutdown is told as one more.
        if (data['guest'] === true || !this.#shutdown) this.#shutdown = String(data['reason']);
        // -no-shutdown keeps the process: the guest is off, so it is no longer needed.
        if (data['guest'] === true) await this.qmp.execute('quit');
        break;
      case 'BLOCK_IO_ERROR':
        if (data['nospace'] === true && data['action'] === 'stop') this.#noSpace = true;
        break;
      case 'STOP':
        if (this.#cycling() || this.quiet) break;
        await this.#readState();
        break;
      case 'RESUME':
        if (this.quiet) break;
        this.#noSpace = false;
        this.paused = undefined;
        this.emit('change', 'resumed');
        break;
      case 'RESET':
        // A guest that was off runs again only after its reset.
        if (this.#cycling()) {
          this.#cycleUntil = 0;
          const { status } = await this.qmp.execute<{ status: string }>('query-status');
          if (status !== 'running') await this.qmp.execute('cont');
        }
        this.emit('change', 'reset');
        break;
      case 'DEVICE_DELETED':
      case 'DEVICE_UNPLUG_GUEST_ERROR':
      case 'MEMORY_DEVICE_SIZE_CHANGE':
      case 'ACPI_DEVICE_OST':
        this.live.wake();
        this.emit('change', 'devices');
        break;
      case 'VSERPORT_CHANGE':
        if (data['id'] !== 'qga0') break;
        this.agentConnected = data['open'] === true;
        this.live.wake();
        this.emit('change', 'agent');
        break;
    }
  }

  async #readState(): Promise<void> {
    const { status } = await this.qmp.execute<{ status: string }>('query-status');
    const before = this.paused;
    this.broken = undefined;
    // `postmigrate`: its memory was written for a snapshot, by an engine that was killed then.
    if (['paused', 'prelaunch', 'postmigrate'].includes(status))
      this.paused = this.#noSpace ? 'PausedIOError' : 'PausedByUser';
    else if (status === 'io-error') this.paused = 'PausedIOError';
    else if (status === 'shutdown') {
      this.#shutdown ??= 'guest-shutdown';
      await this.qmp.execute('quit');
    } else if (status === 'guest-panicked') this.#shutdown = 'guest-panic';
    else if (status === 'internal-error') {
      this.broken = 'QEMU stopped the guest because of an internal error of the accelerator.';
      this.emit('change', 'failed');
    } else this.paused = undefined;
    if (this.paused !== before) this.emit('change', this.paused ? 'paused' : 'resumed');
    const chardevs = await this.qmp.execute<{ label: string; 'frontend-open': boolean }[]>('query-chardev');
    const connected = chardevs.some((chardev) => chardev.label === 'qga0' && chardev['frontend-open']);
    if (connected !== this.agentConnected) {
      this.agentConnected = connected;
      this.emit('change', 'agent');
    }
  }

  /** The monitor went away: either QEMU ended, or only the connection did. */
  async #onClose(): Promise<void> {
    if (this.#detached || this.outcome) return;
    for (let attempt = 0; attempt < 40; attempt += 1) {
      if (this.#own) await Promise.race([this.#exited.promise, delay(100)]);
      if (this.#exit || !sameProcess(this.record)) return this.#finish();
      if (!this.#own) await delay(50);
      // Half a second without an end: then it lives and only the connection broke.
      if (attempt < 5) continue;
      try {
        await this.attach(await Qmp.connect(this.files.qmp, 1000));
        return;
      } catch (error) {
        this.#log.debug({ err: error }, 'QMP reconnect');
      }
      if (this.#detached) return;
    }
    this.#log.error({}, 'QEMU runs but does not answer on its monitor: it is ended');
    signal(this.record.pid, 'SIGKILL');
    await this.#finish();
  }

  async #finish(): Promise<void> {
    if (this.outcome) return;
    this.resident = processFacts(this.record.pid)?.resident ?? this.resident;
    this.outcome = outcomeOf({
      shutdown: this.#shutdown,
      asked: this.#asked,
      broken: this.broken,
      code: this.#exit ? this.#exit.code : undefined,
      signal: this.#exit?.signal,
      resident: this.resident,
      log: await tailOf(this.files.qemuLog),
    });
    this.serial.close();
    this.screen.close();
    this.#qmp?.close();
    // It ends by itself with QEMU; the next start must not find it half gone.
    await endTpm(this.files);
    removeSockets(this.files);
    this.#log.info({ outcome: this.outcome }, 'machine ended');
    this.emit('ended', this.outcome);
  }
}
