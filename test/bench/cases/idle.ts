import { readFileSync } from 'node:fs';
import type { Figure } from '../figures.ts';
import { openLab, untilText } from '../lab.ts';
import { children, cpuSeconds } from '../processes.ts';

const windowSeconds = 20;
const count = 20;

/** Proportional set size in MiB: shared pages are counted once. */
const pss = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;

async function idle(pids: readonly number[]): Promise<{ memory: number; cpu: number }> {
  const before = pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  await new Promise((resolve) => setTimeout(resolve, windowSeconds * 1000));
  const after = pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  return { memory: pids.reduce((sum, pid) => sum + pss(pid), 0), cpu: ((after - before) / windowSeconds) * 100 };
}

/** Memory and idle CPU of backend and engine together, with no machine and with twenty running ones. */
export async function measure(): Promise<Figure[]> {
  const lab = await openLab();
  try {
    const backend = lab.hearth.process.pid!;
    const ours = [backend, ...children(backend)];
    const empty = await idle(ours);
    for (let index = 0; index < count; index += 1) await lab.create(`idle-${index}`, 128 * 2 ** 20);
    for (let index = 0; index < count; index += 1) {
      const serial = await lab.page.api.consoles.serial({ namespace: 'default', name: `idle-${index}` });
      await untilText(serial.readable, 'login:', performance.now());
      serial.close();
    }
    const full = await idle(ours);
    const guests = await idle(Array.from({ length: count }, (_, index) => lab.record(`idle-${index}`).pid));
    return [
      { what: 'memory of backend + engine, no machine', ours: empty.memory, unit: 'MiB', better: 'lower' },
      { what: 'idle CPU of backend + engine, no machine', ours: empty.cpu, unit: '% core', better: 'lower' },
      {
        what: `memory of backend + engine, ${count} machines`,
        ours: full.memory,
        bare: guests.memory,
        bareName: `the ${count} QEMUs`,
        unit: 'MiB',
        better: 'lower',
      },
      {
        what: `idle CPU of backend + engine, ${count} machines`,
        ours: full.cpu,
        bare: guests.cpu,
        bareName: `the ${count} QEMUs`,
        unit: '% core',
        better: 'lower',
      },
    ];
  } finally {
    await lab.close();
  }
}
