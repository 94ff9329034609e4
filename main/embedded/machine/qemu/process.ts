import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** What /proc says about a process; undefined when it is gone or a zombie. */
export interface ProcessFacts {
  comm: string;
  /** Clock ticks since boot. */
  startTime: string;
  /** CPU seconds in user and system mode. */
  user: number;
  system: number;
  /** Resident bytes. */
  resident: number;
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
const pageSize = 4096;

/** Reads /proc/PID/stat (or of one thread). Linux; elsewhere undefined. */
export function processFacts(pid: number, thread?: number): ProcessFacts | undefined {
  try {
    const text = readFileSync(thread ? `/proc/${pid}/task/${thread}/stat` : `/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    const at = (field: number) => fields[field - 3] ?? '0';
    if (at(3) === 'Z' || at(3) === 'X') return undefined;
    return {
      comm: text.slice(text.indexOf('(') + 1, end),
      startTime: at(22),
      user: Number(at(14)) / ticksPerSecond,
      system: Number(at(15)) / ticksPerSecond,
      resident: Number(at(24)) * pageSize,
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Whether this pid is still the very process that was recorded. */
export const sameProcess = (record: { pid: number; comm: string; startTime: string }): boolean => {
  const facts = processFacts(record.pid);
  return facts !== undefined && facts.startTime === record.startTime && facts.comm === record.comm;
};

/** Sends a signal, unless the process is gone already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The last bytes of a text file, from a line's start; empty when there is none. */
export async function tailOf(path: string, bytes = 2000): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const start = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(bytes, size)), 0, undefined, start);
    const text = buffer.toString('utf8', 0, bytesRead);
    return (start > 0 ? text.slice(text.indexOf('\n') + 1) : text).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
