import { execa } from 'execa';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { guestImage } from './guest-image.ts';
import type { SavedGuest } from './image/state.ts';
import { overlay } from './image/state.ts';
import { Qemu, freePorts } from './qemu.ts';
import type { QemuSpec } from './qemu.ts';
import type { ExecOptions, Outcome } from './ssh.ts';
import { Ssh } from './ssh.ts';

export interface GuestOptions {
  /** Guests with the same one share a network at eth1 (see `Guest.lan`); its own else. */
  lan?: number;
  /** Last number of its address there; 16 to 254. */
  lanId?: number;
  /** A loopback address of this computer for itself alone, at which its SSH (`sshPort`) and its 6443 are dialled too. */
  address?: string;
}

/** Where the guest reaches a server that listens on 127.0.0.1 of this computer. */
export const hostFromGuest = '10.0.2.2';

/**
 * A whole computer for one test: Debian with systemd on a disk of its own, started from a saved state (software
 * emulation). Dies with the test process; `end` takes everything away.
 *
 * Its networks: eth0 the way out (10.0.2.15), eth1 a cable to other guests, off until `lan`, eth2 the tests' own way in.
 */
export class Guest {
  readonly folder: string;
  /** Port of 127.0.0.1 that leads to the guest's SSH server. */
  readonly sshPort: number;
  /** Port of 127.0.0.1 that leads to 6443 of the guest. */
  readonly apiPort: number;
  /** The loopback address that is its own, where it was given one. */
  get address(): string | undefined {
    return this.#spec.also?.address;
  }
  /** What guests share that are on one network (see `GuestOptions.lan`). */
  get lanPort(): number {
    return this.#spec.lan;
  }
  /** Private key of root's login. */
  readonly key: string;
  readonly #spec: QemuSpec;
  #qemu: Qemu;
  #ssh: Ssh;

  private constructor(folder: string, saved: SavedGuest, spec: QemuSpec, qemu: Qemu) {
    this.folder = folder;
    this.#spec = spec;
    this.#qemu = qemu;
    this.key = saved.image.key;
    this.sshPort = spec.forwards.get(22) ?? 0;
    this.apiPort = spec.forwards.get(6443) ?? 0;
    this.#ssh = new Ssh(join(folder, 'control'), this.sshPort, this.key);
  }

  /** A fresh guest, booted already, its clock set. Makes the image on a computer's first call. */
  static async start(options: GuestOptions = {}): Promise<Guest> {
    const saved = await guestImage();
    const folder = await mkdtemp(join(tmpdir(), 'hg-'));
    const [ssh = 0, api = 0, lan = 0] = await freePorts(3);
    const spec: QemuSpec = {
      folder, kernel: saved.image.kernel, initrd: saved.image.initrd,
      disk: join(folder, 'disk.qcow2'), spare: join(folder, 'spare.qcow2'),
      forwards: new Map([[22, ssh], [6443, api]]), lan: options.lan ?? lan, lanId: options.lanId ?? 16,
      ...(options.address && { also: { address: options.address, forwards: new Map([[22, ssh], [6443, 6443]]) } }),
    }; // prettier-ignore
    await Promise.all([overlay(saved.disk, spec.disk), overlay(saved.spare, spec.spare)]);
    const qemu = await Qemu.start({ ...spec, memory: { file: saved.memory, shared: false }, state: saved.state });
    const guest = new Guest(folder, saved, spec, qemu);
    try {
      await guest.#ssh.ready(60_000);
      await guest.setClock(new Date());
      return guest;
    } catch (error) {
      await guest.end();
      throw error;
    }
  }

  /** Runs a program as root; resolves whatever its exit code. */
  run(argv: readonly string[], options?: ExecOptions): Promise<Outcome> {
    return this.#ssh.run(argv, options);
  }
  /** Runs a program as root and gives what it printed. Throws when it does not end with 0. */
  async exec(argv: readonly string[], options?: ExecOptions): Promise<string> {
    const { code, stdout, stderr } = await this.run(argv, options);
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code ?? 'a timeout'}: ${stderr}${stdout}`);
    return stdout;
  }
  /** A few lines for root's shell; throws unless all went well. */
  script(text: string, options: Omit<ExecOptions, 'stdin'> = {}): Promise<string> {
    return this.exec(['sh', '-eu', '-s'], { ...options, stdin: text });
  }

  /** Writes a file, from bytes or from a file of this computer. Folders above it are made. */
  async put(content: string | Uint8Array | { path: string }, path: string, mode = '0644'): Promise<void> {
    const bytes = typeof content === 'object' && 'path' in content ? await readFile(content.path) : content;
    const script = 'mkdir -p "$(dirname "$1")" && cat >"$1.put" && chmod "$2" "$1.put" && mv "$1.put" "$1"';
    await this.exec(['sh', '-c', script, 'sh', path, mode], { stdin: bytes, timeoutMs: 300_000 });
  }
  /** Text of a file. Throws when it cannot be read. */
  get(path: string): Promise<string> {
    return this.exec(['cat', path], { timeoutMs: 120_000 });
  }

  /**
   * The plug is pulled and put back in: what was not synced is lost, as QEMU keeps it in the guest's memory (the page
   * cache) and in its own (the tables of the disk file). Resolves when the guest has booted again (about 15 s).
   */
  async powerCut(): Promise<void> {
    await this.#qemu.kill();
    await this.#boot();
  }
  /** Starts a guest that is off. */
  async #boot(): Promise<void> {
    await this.#ssh.close();
    await rm(join(this.folder, 'qmp'), { force: true });
    this.#qemu = await Qemu.start(this.#spec);
    await this.#ssh.ready(120_000);
    await this.exec(['systemctl', 'is-system-running', '--wait'], { timeoutMs: 120_000 }).catch(() => undefined);
  }
  /** An orderly restart; resolves when the guest has booted again. */
  async reboot(): Promise<void> {
    const before = await this.get('/proc/sys/kernel/random/boot_id');
    await this.run(['systemctl', 'reboot']);
    await this.#ssh.close();
    for (;;) {
      await this.#ssh.ready(180_000);
      if ((await this.get('/proc/sys/kernel/random/boot_id').catch(() => before)) !== before) break;
      await this.#ssh.close();
    }
    await this.run(['systemctl', 'is-system-running', '--wait'], { timeoutMs: 120_000 });
  }

  /** Puts the cable of the way out (eth0) in or out. */
  async cable(plugged: boolean): Promise<void> {
    await this.#qemu.qmp.execute('set_link', { name: 'eth0', up: plugged });
  }
  /** Gives eth1 an address, e.g. 192.168.77.16/24, and with a gateway the default route too. */
  async lan(address: string, gateway?: string): Promise<void> {
    // The saved state has one hardware address for all.
    const mac = `52:54:00:48:56:${this.#spec.lanId.toString(16).padStart(2, '0')}`;
    await this.script(`ip link set eth1 down address ${mac}; ip link set eth1 up; ip address replace ${address} dev eth1`);
    if (gateway) await this.script(`ip route replace default via ${gateway} dev eth1 metric 50`);
  }
  async setClock(time: Date): Promise<void> {
    await this.exec(['date', '-u', '-s', `@${(time.getTime() / 1000).toFixed(3)}`]);
  }

  /** Another login, as `sshPort` takes it: the ordinary user by a key that is put there first. */
  async loginAs(user: string): Promise<Ssh> {
    const home = `/home/${user}/.ssh`;
    await this.script(`install -d -m 700 -o ${user} -g ${user} ${home}; install -m 600 -o ${user} -g ${user} /root/.ssh/authorized_keys ${home}/`); // prettier-ignore
    return new Ssh(join(this.folder, `control-${user}`), this.sshPort, this.key, user);
  }

  /** The serial console, the journal and the failed units into `target`, for a test that failed. */
  async keepLogs(target: string): Promise<void> {
    await mkdir(target, { recursive: true });
    await copyFile(join(this.folder, 'console.log'), join(target, `${basename(this.folder)}-console.log`));
    const journal = await this.run(['journalctl', '-b', '--no-pager', '-n', '2000'], { timeoutMs: 30_000 });
    await execa('tee', [join(target, `${basename(this.folder)}-journal.log`)], { input: journal.stdout, stdout: 'ignore' });
  }

  /** Ends the guest and removes its folder. */
  async end(): Promise<void> {
    await this.#ssh.close();
    await this.#qemu.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
} // prettier-ignore
