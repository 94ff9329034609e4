import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSerial } from '../../../main/backend/consoles/serial.ts';
import type { SerialConsole, SerialMark } from '../../../main/backend/consoles/serial.ts';

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
let folder: string;
let opened: SerialConsole[] = [];
let guest: Duplex | undefined;
const open = async (unused = (): void => undefined): Promise<SerialConsole> => {
  guest = undefined;
  const serial = await openSerial({
    file: join(folder, 'u1.log'),
    log,
    unused,
    connect: async () => {
      const [ours, theirs] = duplexPair();
      guest = theirs;
      return ours;
    },
  });
  opened.push(serial);
  await expect.poll(() => guest).toBeDefined();
  return serial;
};
const says = async (serial: SerialConsole, text: string): Promise<void> => {
  guest?.write(text);
  await expect.poll(() => serial.text().text.endsWith(text)).toBe(true);
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-mark-'));
  opened = [];
});
afterEach(async () => {
  vi.useRealTimers();
  for (const serial of opened) await serial.close();
  await rm(folder, { recursive: true });
});

describe('a mark of a serial console', () => {
  it('tells what came since, however alike it is to what was before', async () => {
    const serial = await open();
    await says(serial, 'ada@web:~$ ls\r\n');
    const mark = serial.mark();
    expect(serial.text(mark)).toEqual({ text: '', truncated: false });
    await says(serial, 'ada@web:~$ ls\r\nmore\r\n');
    expect(serial.text(mark).text).toBe('ada@web:~$ ls\r\nmore\r\n');
  });
  it('is understood by the next Hearth', async () => {
    const first = await open();
    await says(first, 'boot\r\nlogin: ada\r\n');
    const kept = JSON.parse(JSON.stringify(first.mark())) as SerialMark;
    await says(first, 'after the mark\r\n');
    await first.close();
    const second = await open();
    await says(second, 'later\r\n');
    expect(second.text(kept).text).toBe('after the mark\r\nlater\r\n');
    expect(second.text().text).toContain('boot');
  });
  it('is that of the beginning where nothing was said before it', async () => {
    const first = await open();
    const kept = first.mark();
    await first.close();
    const second = await open();
    await says(second, 'hello\r\n');
    expect(second.text(kept).text).toBe('hello\r\n');
  });
});

describe('a serial console without viewers', () => {
  it('listens on while it is held or read, and ten minutes more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const unused = vi.fn<() => void>();
    const [ours] = duplexPair();
    const serial = await openSerial({ file: join(folder, 'u2.log'), log, unused, connect: async () => ours });
    opened.push(serial);
    const letGo = serial.hold();
    vi.advanceTimersByTime(60 * 60_000);
    expect(unused).not.toHaveBeenCalled();
    letGo();
    letGo();
    vi.advanceTimersByTime(9 * 60_000);
    serial.text();
    vi.advanceTimersByTime(9 * 60_000);
    expect(unused).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2 * 60_000);
    expect(unused).toHaveBeenCalledOnce();
  });
});
