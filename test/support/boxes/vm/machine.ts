import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Qmp } from '../../../../main/embedded/machine/qemu/qmp.ts';
import { firmwareFiles, vmArguments } from './arguments.ts';
import type { VmSpec } from './arguments.ts';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A whole computer for a box under software emulation. Dies with this process; `end` takes everything away. */
export class BoxVm {
  readonly folder: string;
  readonly spec: VmSpec;
  readonly #child: ChildProcess;
  readonly #qmp: Qmp;
  readonly #since = Date.now();
  #errors: () => string;

  private constructor(folder: string, spec: VmSpec, child: ChildProcess, qmp: Qmp, errors: () => string) {
    this.folder = folder;
    this.spec = spec;
    this.#child = child;
    this.#qmp = qmp;
    this.#errors = errors;
  }

  /** Switches a computer on. `vars`: the firmware's variables of a run before. Throws with what QEMU said. */
  static async start(spec: VmSpec, vars?: string): Promise<BoxVm> {
    const folder = await mkdtemp(join(tmpdir(), 'hb-'));
    let errors = '';
    const state = spec.incoming === undefined ? undefined : await open(spec.incoming, 'r');
    try {
      if (spec.firmware !== 'bios')
        await copyFile(vars ?? (spec.firmware === 'uefi' ? firmwareFiles.vars : firmwareFiles.secureVars), join(folder, 'vars.fd'));
      const child = spawn('qemu-system-x86_64', vmArguments(spec, folder), {
        stdio: ['ignore', 'ignore', 'pipe', state?.fd ?? 'ignore'],
      });
      running.add(child);
      child.once('exit', () => running.delete(child));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
      const failed = new Promise<never>((_resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code) => reject(new Error(`QEMU ended early (${code}): ${errors}`)));
      });
      failed.catch(() => undefined);
      const qmp = await Promise.race([failed, connected(join(folder, 'qmp'))]);
      const vm = new BoxVm(folder, spec, child, qmp, () => errors);
      if (state) await Promise.race([failed, vm.#resume()]);
      return vm;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    } finally {
      await state?.close();
    }
  } // prettier-ignore

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
  /** Seconds since it was switched on. */
  get seconds(): number {
    return Math.round((Date.now() - this.#since) / 100) / 10;
  }
  /** Port of 127.0.0.1 that leads to one of the guest. */
  port(guest: number): number {
    const port = this.spec.forwards.get(guest);
    if (port === undefined) throw new Error(`port ${guest} of the guest is not led anywhere`);
    return port;
  }

  /** Everything it said on its serial line, without the colours and moves of terminals. */
  async serial(): Promise<string> {
    const text = await readFile(join(this.folder, 'serial.log'), 'utf8').catch(() => '');
    return plain(text);
  }
  /** Lines of Hearth: what follows `hearth: `. */
  async said(): Promise<string[]> {
    return [...(await this.serial()).matchAll(/hearth: (.*)/g)].map(([, line = '']) => line.trim());
  }
  /**
   * Waits for a line on the serial line and gives what it matched. Throws with the last lines when it does not come in time
   * or the computer is off before.
   */
  async line(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const { alive } = this;
      const text = await this.serial();
      const match = pattern.exec(text);
      if (match) return match;
      if (!alive || Date.now() > until) {
        const why = alive ? `did not come within ${timeoutMs / 1000} s` : 'did not come before it was off';
        throw new Error(`${pattern} ${why}; the last lines:\n${text.split('\n').slice(-25).join('\n')}\n${this.#errors()}`);
      }
      await wait(250);
    }
  } // prettier-ignore

  /** Waits until it has switched itself off. */
  async off(timeoutMs: number): Promise<void> {
    const until = Date.now() + timeoutMs;
    while (this.alive) {
      if (Date.now() > until) throw new Error(`it is still on after ${timeoutMs / 1000} s; the last lines:\n${(await this.serial()).split('\n').slice(-25).join('\n')}`);
      await wait(250);
    }
  } // prettier-ignore

  /** Runs a line in the root shell on its second serial line; what it printed, and how it ended. Needs `labArguments`. */
  async shell(line: string, timeoutMs = 60_000): Promise<{ code: number; text: string }> {
    const socket = connect(join(this.folder, 'shell'));
    await once(socket, 'connect');
    try {
      const mark = randomBytes(6).toString('hex');
      let heard = '';
      socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
      // The mark is put together by the shell, so that the echo of the line is not taken for the answer.
      socket.write(
        `\nstty -echo cols 500; echo begin-''${mark}; ( ${line} ) </dev/null 2>&1; echo end-''${mark}-$?-\n`,
      );
      const until = Date.now() + timeoutMs;
      for (;;) {
        const match = new RegExp(`begin-${mark}\r?\n([\\s\\S]*)end-${mark}-(\\d+)-`).exec(heard);
        if (match) return { code: Number(match[2]), text: plain(match[1] ?? '') };
        if (Date.now() > until || !this.alive) throw new Error(`no answer to "${line}" but: ${heard.slice(-2000)}`);
        await wait(100);
      }
    } finally {
      socket.destroy();
    }
  }
  /** What its screen shows, as a PNG. */
  async screenshot(path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await this.#qmp.execute('screendump', { filename: path, format: 'png' });
  }
  /** Presses a key of its keyboard, e.g. `ret`, `a`. */
  async key(...names: string[]): Promise<void> {
    await this.#qmp.execute('send-key', { keys: names.map((data) => ({ type: 'qcode', data })) });
  }
  async unplugStick(): Promise<void> {
    await this.#qmp.execute('device_del', { id: 'stick0' });
  }
  /** The power button. */
  async powerButton(): Promise<void> {
    await this.#qmp.execute('system_powerdown');
  }
  /** The plug is pulled: what was not synced is lost. */
  async cut(): Promise<void> {
    if (!this.alive) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
    this.#qmp.close();
  }

  /** Stops it and saves its memory into a file that `VmSpec.incoming` goes on from; it is off afterwards. */
  async save(path: string): Promise<void> {
    await this.#qmp.execute('stop');
    await this.#qmp.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 32 });
    await this.#qmp.execute('migrate', { uri: `exec:cat >${path}` });
    for (let tries = 0; tries < 2400; tries += 1) {
      const { status } = await this.#qmp.execute<{ status?: string }>('query-migrate');
      if (status === 'completed') return this.cut();
      if (status === 'failed' || status === 'cancelled') throw new Error(`its state was not saved: ${this.#errors()}`);
      await wait(50);
    }
    throw new Error('its state was not saved in two minutes');
  }
  async #resume(): Promise<void> {
    await this.#qmp.execute('migrate-incoming', { uri: 'fd:3' });
    for (let tries = 0; tries < 1200; tries += 1) {
      const { status } = await this.#qmp.execute<{ status: string }>('query-status');
      if (status === 'running') return;
      if (status === 'paused' || status === 'prelaunch' || status === 'postmigrate') await this.#qmp.execute('cont');
      await wait(50);
    }
    throw new Error(`the saved state did not come back: ${this.#errors()}`);
  }

  /** Serial log and screen into a folder, for whoever looks at what failed. */
  async keepLogs(target: string): Promise<void> {
    await mkdir(target, { recursive: true });
    await copyFile(join(this.folder, 'serial.log'), join(target, `${basename(this.folder)}-serial.log`)).catch(() => undefined);
    if (this.alive) await this.screenshot(join(target, `${basename(this.folder)}-screen.png`)).catch(() => undefined);
  } // prettier-ignore
  /** The firmware's variables, for the next start of the same computer. */
  async keepVars(path: string): Promise<void> {
    await copyFile(join(this.folder, 'vars.fd'), path);
  }
  async end(): Promise<void> {
    await this.cut();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function connected(path: string): Promise<Qmp> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await Qmp.connect(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (tries > 400 || (code !== 'ENOENT' && code !== 'ECONNREFUSED')) throw error;
      await wait(25);
    }
  }
}

/** Without what moves and colours a terminal. */
const plain = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- these are what must go
  text.replaceAll(/\u001b\[[0-9;?=!]*[A-Za-z]|\u001b[()][0-9A-B]|\r/g, '');
