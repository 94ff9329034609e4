import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startBackend } from '../../../main/backend/start.ts';
import type { Backend } from '../../../main/backend/backend.ts';
import type { ContractHandlers } from '../../../main/contract/contract.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { MachineSample } from '../../../main/contract/machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-tenth-'));
const context = { signal: new AbortController().signal };
const MiB = 2 ** 20;
let backend: Backend;
let page: ContractHandlers;
/**
 * A boot sector that reads one sector of its disk for ever, by the BIOS: a load of processor and disk that needs no system.
 * mov dl, 0x80; again: mov ax, 0x0201; mov cx, 0x0002; xor dh, dh; xor bx, bx; mov es, bx; mov bh, 0x80; int 0x13; jmp again
 */
const reader = Buffer.from([
  0xb2, 0x80, 0xb8, 0x01, 0x02, 0xb9, 0x02, 0x00, 0x30, 0xf6, 0x31, 0xdb, 0x8e, 0xc3, 0xb7, 0x80, 0xcd, 0x13, 0xeb,
  0xee,
]);

beforeAll(async () => {
  backend = await startBackend({ dataDir: join(folder, 'data'), webPort: 0, quiet: true });
  if (backend.engineTrouble) throw backend.engineTrouble;
  page = backend.handlers('desktop');
  const disk = Buffer.alloc(MiB);
  reader.copy(disk);
  disk.writeUInt16LE(0xaa55, 510);
  writeFileSync(join(folder, 'load.raw'), disk);
  const { image } = await page.images.addFromFile(
    { path: join(folder, 'load.raw'), mode: 'copy', name: 'load' },
    context,
  );
  await page.machines.create(
    createMachineSchema.parse({
      name: 'busy',
      source: { type: 'image', image },
      firmware: 'bios',
      start: true,
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * MiB },
    }),
    context,
  );
}, 90_000);
afterAll(async () => {
  await backend.close({ stopVms: true });
  rmSync(folder, { recursive: true, force: true });
});

const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
/** Process id of the machine's QEMU. */
function qemu(): number {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const text = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      if (text.includes('qemu-system') && text.includes(folder)) return Number(entry);
    } catch {
      continue; // it ended while we looked
    }
  throw new Error('no QEMU');
}
/** Seconds that the machine's QEMU has run, by the kernel. */
function guestSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}
/** Busy milliseconds of this computer, by the kernel. */
function computerSeconds(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    /^cpu +(.+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[0].split(/ +/).map(Number) ?? [];
  return (user + nice + system + irq + softirq * 0) / ticks;
}
/** Bytes in use, by the kernel. */
function usedMemory(): number {
  const rows = new Map(readFileSync('/proc/meminfo', 'utf8').split('\n').map((row) => [row.split(':')[0], parseInt(row.split(':')[1] ?? '')])); // prettier-ignore
  return ((rows.get('MemTotal') ?? 0) - (rows.get('MemAvailable') ?? 0)) * 1024;
}
/** A value at a moment, between the two looks around it. */
function at(looks: readonly [number, number][], moment: number): number {
  const after = looks.findIndex(([time]) => time >= moment);
  const [t1, v1] = looks[after - 1] ?? [0, 0];
  const [t2, v2] = looks[after] ?? [0, 0];
  if (after < 1) throw new Error('the moment was not looked at');
  return v1 + ((v2 - v1) * (moment - t1)) / (t2 - t1);
}

test('what is drawn of a busy machine and of the computer is what the kernel counted in that time, within a tenth', async () => {
  const pid = await vi.waitFor(() => { const found = qemu(); guestSeconds(found); return found; }, 30_000);
  const guest: [number, number][] = [];
  const computer: [number, number][] = [];
  const memory: [number, number][] = [];
  const looking = setInterval(() => {
    guest.push([Date.now(), guestSeconds(pid)]);
    computer.push([Date.now(), computerSeconds()]);
    memory.push([Date.now(), usedMemory()]);
  }, 100);
  const points: MachineSample[] = [];
  const own: MachineSample[] = [];
  const over = new AbortController();
  const follow = async (source: AsyncIterable<MachineSample[]>, into: MachineSample[]): Promise<void> => {
    for await (const batch of source) into.push(...batch);
  };
  const hosts = async function* (): AsyncGenerator<MachineSample[]> {
    for await (const all of page.metrics.hosts({ range: 'live' }, { signal: over.signal })) yield all.find(({ id }) => id === 'computer')?.points ?? [];
  };
  const following = [follow(page.metrics.machine({ namespace: 'default', name: 'busy', range: 'live' }, { signal: over.signal }), points), follow(hosts(), own)];
  try {
    await vi.waitFor(() => expect(Math.min(points.length, own.length)).toBeGreaterThanOrEqual(5), { timeout: 90_000, interval: 500 });
  } finally {
    clearInterval(looking);
    over.abort();
    await Promise.all(following);
  }
  const [begun = 0] = guest[0] ?? [];
  const pairs = (list: readonly MachineSample[]) => list.slice(1).flatMap((now, n) => { const before = list[n]; return before && before.at > begun + 200 ? [{ before, now }] : []; });
  const offs = (list: readonly MachineSample[], looks: readonly [number, number][], processors: number): number[] =>
    pairs(list).map(({ before, now }) => {
      const share = Math.min(1, (at(looks, now.at) - at(looks, before.at)) / ((now.at - before.at) / 1000) / processors);
      return Math.abs(now.cpu - share) / Math.max(share, 0.05);
    });
  const machine = offs(points, guest, 1);
  expect(machine.length).toBeGreaterThanOrEqual(3);
  expect(machine.filter((off) => off > 0.1)).toEqual([]);
  expect(offs(own, computer, availableParallelism()).filter((off) => off > 0.1)).toEqual([]);
  expect(own.filter((point) => point.at > begun + 200).filter((point) => Math.abs(point.memory / at(memory, point.at) - 1) > 0.1)).toEqual([]);
  // It really was a load.
  expect(points.at(-1)?.cpu).toBeGreaterThan(0.1);
  expect(points.at(-1)?.diskRead).toBeGreaterThan(0);
}, 150_000); // prettier-ignore
