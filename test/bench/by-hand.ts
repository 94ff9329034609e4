import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { median } from './figures.ts';
import { untilText } from './lab.ts';
import type { MachineRecord } from './lab.ts';

/** A machine that can be started again without Hearth. */
export interface ByHand {
  /** Boots it once; milliseconds to its login prompt, and of a key's echo. It is off then. */
  start(): Promise<{ login: number; echo: number }>;
  remove(): void;
}

/** The serial console's socket as soon as QEMU listens on it. */
async function serialOf(path: string): Promise<net.Socket> {
  for (let tries = 0; tries < 2000; tries += 1) {
    const socket = await new Promise<net.Socket | undefined>((resolve) => {
      const one = net.connect(path, () => resolve(one));
      one.once('error', () => resolve(undefined));
    });
    if (socket) return socket;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${path} never answered`);
}

/** The machine's own command line with fresh disks and sockets, as a person would start it by hand. */
export async function byHand(record: MachineRecord): Promise<ByHand> {
  const folder = mkdtempSync(join(tmpdir(), 'bare-'));
  const files = [...new Set(record.argv.join('\n').match(/\/[^\s",]+/g) ?? [])].filter(
    (path) => path.includes('/engine/') && existsSync(path),
  );
  const overlays = files.filter((path) => path.includes('/disks/volumes/') && path.endsWith('.qcow2'));
  const stem =
    record.argv.join('\n').match(/path=(\/[^,\s"]+)\.ser/)?.[1] ??
    record.argv.join('\n').match(/(\/tmp\/hearth-[^,\s":]+)\.ser/)?.[1];
  if (!stem) throw new Error(`No serial socket in ${record.argv.join(' ')}`);
  const seeds = files.filter((path) => path.includes('/machines/') && /\.(iso|img|raw)$/.test(path));
  for (const seed of seeds) copyFileSync(seed, join(folder, basename(seed)));
  const backing = new Map<string, string>();
  for (const overlay of overlays) {
    // The end of the chain is the image that it began with: layers between come and go with checkpoints.
    const { stdout } = await execa('qemu-img', ['info', '-U', '--backing-chain', '--output', 'json', overlay]);
    const chain = JSON.parse(stdout) as { filename: string }[];
    const base = chain.at(-1);
    if (chain.length > 1 && base) backing.set(overlay, base.filename);
  }
  return {
    async start() {
      const own = join(folder, 'm');
      const argv = record.argv.map((word) => {
        let text = word.replaceAll(stem, own);
        for (const overlay of overlays) text = text.replaceAll(overlay, join(folder, basename(overlay)));
        for (const seed of seeds) text = text.replaceAll(seed, join(folder, basename(seed)));
        return text
          .replace(/logfile=[^,]*,logappend=on/, `logfile=${folder}/serial.log,logappend=on`)
          .replace(/,hostfwd=[^,]*/g, '');
      });
      const started = performance.now();
      for (const [overlay, base] of backing)
        await execa('qemu-img', [
          'create',
          '-q',
          '-f',
          'qcow2',
          '-b',
          base,
          '-F',
          'qcow2',
          join(folder, basename(overlay)),
        ]);
      const [binary, args] = argv[0]?.startsWith('-') ? ['qemu-system-x86_64', argv] : [argv[0]!, argv.slice(1)];
      const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      const ended = new Promise((resolve) => child.once('close', resolve));
      try {
        const socket = await serialOf(`${own}.ser`);
        const login = await untilText(socket.iterator({ destroyOnReturn: false }), 'login:', started);
        const echoes: number[] = [];
        for (const letter of 'abcdefghij') {
          const at = performance.now();
          socket.write(letter);
          echoes.push(await untilText(socket.iterator({ destroyOnReturn: false }), letter, at));
        }
        socket.destroy();
        return { login, echo: median(echoes) };
      } finally {
        child.kill('SIGKILL');
        await ended;
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
