import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';
import type { MachineRecord } from '../lab.ts';
import { openLab, untilText } from '../lab.ts';

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
async function byHand(
  record: MachineRecord,
): Promise<{ start(): Promise<{ login: number; echo: number }>; remove(): void }> {
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
    const { stdout } = await execa('qemu-img', ['info', '-U', '--output', 'json', overlay]);
    const info = JSON.parse(stdout) as { 'full-backing-filename'?: string; 'virtual-size': number };
    if (info['full-backing-filename']) backing.set(overlay, info['full-backing-filename']);
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

/** From the create call to "login:" on the serial console, and the echo of a key, against the same QEMU by hand. */
export async function measure(): Promise<Figure[]> {
  const lab = await openLab();
  const ours: number[] = [];
  const echoes: number[] = [];
  const bare: { login: number; echo: number }[] = [];
  let hand: Awaited<ReturnType<typeof byHand>> | undefined;
  try {
    for (let run = 0; run < 5; run += 1) {
      const name = `login-${run}`;
      const started = performance.now();
      const machine = await lab.create(name);
      const serial = await lab.page.api.consoles.serial(machine);
      const reader = serial.readable[Symbol.asyncIterator]();
      const bytes = { [Symbol.asyncIterator]: () => ({ next: () => reader.next() }) };
      ours.push(await untilText(bytes, 'login:', started));
      const keys: number[] = [];
      for (const letter of 'abcdefghij') {
        const at = performance.now();
        await serial.write(new TextEncoder().encode(letter));
        keys.push(await untilText(bytes, letter, at));
      }
      echoes.push(median(keys));
      serial.close();
      hand ??= await byHand(lab.record(name));
      await lab.page.api.machines.act({ ...machine, action: 'forceStop' });
      await lab.page.api.machines.act({ ...machine, action: 'delete', mode: 'now' });
      bare.push(await hand.start());
    }
    return [
      {
        what: 'create to login prompt',
        ours: median(ours),
        bare: median(bare.map((run) => run.login)),
        bareName: 'same QEMU by hand',
        unit: 'ms',
        better: 'lower',
        goal: { ratio: 1.05 },
        note: 'median of 5, in turn',
      },
      {
        what: 'echo of a key on the serial console',
        ours: median(echoes),
        bare: median(bare.map((run) => run.echo)),
        bareName: 'its Unix socket',
        unit: 'ms',
        better: 'lower',
      },
    ];
  } finally {
    hand?.remove();
    await lab.close();
  }
}
