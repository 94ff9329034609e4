import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Qmp } from '../../../main/embedded/machine/qemu/qmp.ts';
import { recipe } from './image/recipe.ts';

/** What a QEMU of the proving ground is started with. Always software emulation: /dev/kvm proves nothing. */
export interface QemuSpec {
  /** Short: Unix sockets live here. */
  readonly folder: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly disk: string;
  readonly spare: string;
  /** Memory in a file: shared while its state is saved, private to everybody who starts from it. */
  readonly memory?: { readonly file: string; readonly shared: boolean } | undefined;
  /** A saved state to start from. */
  readonly state?: string | undefined;
  /** Ports of 127.0.0.1 that lead into the guest, by the guest's port. */
  readonly forwards: ReadonlyMap<number, number>;
  /** Another loopback address whose ports lead into the guest too, by the guest's port. */
  readonly also?: { readonly address: string; readonly forwards: ReadonlyMap<number, number> } | undefined;
  /** Port of the multicast group that stands for the cable of eth1; guests with the same one see each other. */
  readonly lan: number;
  /** Last byte of the hardware address of eth1. */
  readonly lanId: number;
}

const commandLine =
  'root=/dev/vda rw console=ttyS0 net.ifnames=0 mitigations=off quiet loglevel=3 no_timer_check nokaslr audit=0 apparmor=0 random.trust_cpu=on systemd.show_status=false';

export function qemuArguments(spec: QemuSpec): string[] {
  const forward = (address: string, ports: ReadonlyMap<number, number>): string[] =>
    [...ports].map(([guest, host]) => `,hostfwd=tcp:${address}:${host}-192.168.253.15:${guest}`);
  const { also } = spec;
  const forwards = [...forward('127.0.0.1', spec.forwards), ...(also ? forward(also.address, also.forwards) : [])].join(
    '',
  );
  const memory = spec.memory
    ? `memory-backend-file,id=ram,size=${recipe.memory}M,mem-path=${spec.memory.file},share=${spec.memory.shared ? 'on' : 'off'}`
    : `memory-backend-ram,id=ram,size=${recipe.memory}M`;
  const lan = spec.lanId.toString(16).padStart(2, '0');
  return [
    '-nodefaults', '-no-user-config', '-display', 'none', '-name', 'hearth-test-guest',
    '-machine', 'q35,memory-backend=ram,vmport=off', '-accel', 'tcg,thread=multi,tb-size=256', '-cpu', 'qemu64',
    '-m', String(recipe.memory), '-smp', String(recipe.cpus), '-object', memory,
    '-rtc', 'base=utc,clock=host',
    '-kernel', spec.kernel, '-initrd', spec.initrd, '-append', commandLine,
    '-drive', `if=none,id=root,file=${spec.disk},format=qcow2,cache=writeback,discard=unmap`,
    '-device', 'virtio-blk-pci,drive=root,serial=hearth-root',
    '-drive', `if=none,id=spare,file=${spec.spare},format=qcow2,cache=writeback,discard=unmap`,
    '-device', 'virtio-blk-pci,drive=spare,serial=hearth-spare',
    '-netdev', 'user,id=out,net=10.0.2.0/24,ipv6=off', '-device', 'virtio-net-pci,netdev=out,id=eth0,mac=52:54:00:48:54:01,romfile=',
    '-netdev', `socket,id=lan,mcast=230.72.84.1:${spec.lan},localaddr=127.0.0.1`, '-device', `virtio-net-pci,netdev=lan,id=eth1,mac=52:54:00:48:55:${lan},romfile=`,
    '-netdev', `user,id=way,net=192.168.253.0/24,restrict=off,ipv6=off${forwards}`, '-device', 'virtio-net-pci,netdev=way,id=eth2,mac=52:54:00:48:54:03,romfile=',
    '-device', 'virtio-rng-pci',
    '-chardev', `file,id=console,path=${join(spec.folder, 'console.log')},append=on`, '-serial', 'chardev:console',
    '-qmp', `unix:${join(spec.folder, 'qmp')},server=on,wait=off`,
    ...(spec.state ? ['-incoming', 'defer'] : []),
  ]; // prettier-ignore
}

/** A running QEMU that belongs to this process: it dies with it. */
export class Qemu {
  readonly #child: ChildProcess;
  readonly qmp: Qmp;
  #errors: () => string;

  private constructor(child: ChildProcess, qmp: Qmp, errors: () => string) {
    this.#child = child;
    this.qmp = qmp;
    this.#errors = errors;
  }

  /** Starts it; with a saved state, returns when the guest runs on. Throws with what QEMU said. */
  static async start(spec: QemuSpec): Promise<Qemu> {
    const state = spec.state ? await open(spec.state, 'r') : undefined;
    let errors = '';
    try {
      const child = spawn('qemu-system-x86_64', qemuArguments(spec), {
        stdio: ['ignore', 'ignore', 'pipe', state?.fd ?? 'ignore'],
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
      owned.add(child);
      child.once('exit', () => owned.delete(child));
      const failed = new Promise<never>((_resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code) => reject(new Error(`QEMU ended early (${code}): ${errors}`)));
      });
      failed.catch(() => undefined);
      const qmp = await Promise.race([failed, connected(join(spec.folder, 'qmp'))]);
      const qemu = new Qemu(child, qmp, () => errors);
      if (spec.state) await Promise.race([failed, qemu.#resume()]);
      return qemu;
    } finally {
      await state?.close();
    }
  }

  async #resume(): Promise<void> {
    // The memory is mapped from its file already and is not in the state.
    await this.qmp.execute('migrate-set-capabilities', { capabilities: [{ capability: 'x-ignore-shared', state: true }] });
    await this.qmp.execute('migrate-incoming', { uri: 'fd:3' });
    for (let tries = 0; tries < 600; tries += 1) {
      const { status } = await this.qmp.execute<{ status: string }>('query-status');
      if (status === 'running') return;
      // It was saved while it stood still, and so it comes back.
      if (status === 'paused' || status === 'prelaunch') await this.qmp.execute('cont');
      else if (status !== 'inmigrate') throw new Error(`the saved state gave "${status}": ${this.#errors()}`);
      await wait(25);
    }
    throw new Error(`the saved state was not read in time: ${this.#errors()}`);
  } // prettier-ignore

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
  /** Resolves when the guest has switched itself off or QEMU was killed. */
  async ended(): Promise<void> {
    if (this.alive) await once(this.#child, 'exit');
  }
  /** SIGKILL: the power is gone. What the guest has not synced is lost. */
  async kill(): Promise<void> {
    if (!this.alive) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
    this.qmp.close();
  }
}

const owned = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of owned) child.kill('SIGKILL');
});

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

/** Ports of 127.0.0.1 that nobody listens on. All are held until the last is found, so they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
