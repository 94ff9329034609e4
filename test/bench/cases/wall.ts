import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { Figure } from '../figures.ts';
import { openLab } from '../lab.ts';
import { until } from '../../support/hearth.ts';

const machines = 9;
const seconds = 20;
const tick = 1000 / 100;

/** Milliseconds of processor time that a process and its children have used. */
function processorMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return children.reduce(
      (sum, child) => sum + processorMs(Number(child)),
      (Number(fields[11]) + Number(fields[12])) * tick,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** Percent of one core that these processes use while `run` goes on. */
async function used(pids: readonly number[], run: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const all = (): number => pids.reduce((sum, pid) => sum + processorMs(pid), 0);
  const stop = new AbortController();
  const before = all();
  const running = run(stop.signal);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = all();
  stop.abort();
  await running;
  return (after - before) / seconds / 10;
}
const nothing = (): Promise<void> => Promise.resolve();

/** One QMP connection: sends a command, resolves with its answer. */
async function monitor(path: string): Promise<{ run: (command: object) => Promise<void>; close: () => void }> {
  const socket = await new Promise<net.Socket>((resolve) => {
    const dial = (): void => {
      const made = net.connect(path, () => resolve(made));
      made.once('error', () => setTimeout(dial, 50)); // not there yet
    };
    dial();
  });
  let answered = (): void => undefined;
  createInterface({ input: socket }).on('line', (line) => {
    if (line.includes('"return"') || line.includes('"error"')) answered();
  });
  const run = (command: object): Promise<void> =>
    new Promise((resolve) => {
      answered = resolve;
      socket.write(`${JSON.stringify(command)}\n`);
    });
  await run({ execute: 'qmp_capabilities' });
  return { run, close: () => socket.destroy() };
}

/** Nine bare QEMUs of the same kind, and a `screendump` of each every two seconds: percent of a core over idle. */
async function bareDumps(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-wall-'));
  const children = Array.from({ length: machines }, (_, n) =>
    spawn(
      'qemu-system-x86_64',
      [
        '-machine', 'q35', '-accel', 'tcg,tb-size=32', '-m', '64', '-display', 'none', '-vga', 'std', '-nic', 'none',
        '-qmp', `unix:${join(folder, `${n}.qmp`)},server=on,wait=off`,
      ],
      { stdio: 'ignore' },
    ),
  ); // prettier-ignore
  try {
    const monitors = await Promise.all(children.map((_, n) => monitor(join(folder, `${n}.qmp`))));
    await new Promise((resolve) => setTimeout(resolve, 10_000)); // the firmware came to its rest
    const pids = children.map((child) => child.pid ?? 0);
    const idle = await used(pids, nothing);
    const busy = await used(pids, async (signal) => {
      while (!signal.aborted) {
        const begun = Date.now();
        for (const [n, { run }] of monitors.entries())
          await run({ execute: 'screendump', arguments: { filename: join(folder, `${n}.png`), format: 'png' } });
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, 2000 - (Date.now() - begun))));
      }
    });
    for (const { close } of monitors) close();
    return busy - idle;
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nine live pictures: what they cost in processor time and bytes, against the same number of bare screendumps. */
export async function measure(): Promise<Figure[]> {
  const bare = await bareDumps();
  const lab = await openLab();
  try {
    const { api } = lab.page;
    const refs = await Promise.all(
      Array.from({ length: machines }, (_, n) =>
        api.machines.create(
          createMachineSchema.parse({
            name: `wall-${n}`,
            source: { type: 'blank' },
            size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * 2 ** 20 },
            firmware: 'bios',
            rootDisk: { size: 16 * 2 ** 20 },
          }),
        ),
      ),
    );
    await until(
      api.machines.watch({}),
      (row) => row.name,
      (rows) => refs.every(({ name }) => rows.get(name)?.tone === 'running'),
      120_000,
    );
    const pids = [lab.hearth.process.pid ?? 0, ...refs.map(({ name }) => lab.record(name).pid)];
    await new Promise((resolve) => setTimeout(resolve, 10_000)); // the firmware came to its rest
    const idle = await used(pids, nothing);
    let bytes = 0;
    let pictures = 0;
    const wall = await used(pids, async (signal) => {
      try {
        for await (const news of api.consoles.pictures({ machines: refs, everyMs: 2000 }, { signal }))
          for (const { png } of news) {
            pictures += 1;
            bytes += png?.length ?? 0;
          }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    });
    return [
      {
        what: `wall of ${machines}, processor time over idle`,
        ours: Math.max(0, wall - idle),
        bare: Math.max(0.1, bare),
        bareName: 'bare screendumps every 2 s',
        unit: '% of a core',
        better: 'lower',
        note: `with backend and engine; idle ${idle.toFixed(1)} %`,
        goal: { own: 15 },
      },
      {
        what: `wall of ${machines}, bytes to the page`,
        ours: bytes / seconds / 1024,
        unit: 'KiB/s',
        better: 'lower',
        goal: { own: 256 },
        note: `${pictures} pictures in ${seconds} s`,
      },
    ];
  } finally {
    await lab.close();
  }
}
