import { resolve } from 'node:path';
import { run } from './run.ts';
import type { RunOptions } from './run.ts';

/** Formats by QEMU's names. */
export type QemuFormat = 'qcow2' | 'raw' | 'vmdk' | 'vhdx' | 'vpc' | 'vdi';

export interface ImageInfo {
  format: string;
  'virtual-size': number;
  'backing-filename'?: string;
  'full-backing-filename'?: string;
  encrypted?: boolean;
  'format-specific'?: { type: string; data?: { 'data-file'?: string; extents?: { filename?: string }[] } };
}

const GiB = 2 ** 30;
const untrusted = { memory: GiB, cpuSeconds: 30 };
const convertLimits = { memory: 2 * GiB };

/** qemu-img, always with explicit formats, absolute paths (a relative name could read as a protocol) and limits. */
export class QemuImg {
  private readonly program: string;
  constructor(program: string) {
    this.program = program;
  }

  /** Reads headers only; -U because a reader of a file that nobody of ours writes needs no lock. */
  async info(path: string, format: QemuFormat, signal?: AbortSignal): Promise<ImageInfo> {
    const argv = [this.program, 'info', '-U', '-f', format, '--output', 'json', resolve(path)];
    return JSON.parse(await run(argv, this.short(untrusted, signal))) as ImageInfo;
  }

  /** Throws ToolError: exit 2 = corrupt, 3 = only leaked clusters. */
  async check(path: string, signal?: AbortSignal): Promise<void> {
    const argv = [this.program, 'check', '-f', 'qcow2', '--output', 'json', resolve(path)];
    await run(argv, this.short({ memory: GiB, cpuSeconds: 120 }, signal, 180_000));
  }

  /** Bytes a qcow2 copy of it would take at most. */
  async measure(path: string, format: QemuFormat, signal?: AbortSignal): Promise<number> {
    const argv = [this.program, 'measure', '-f', format, '-O', 'qcow2', '--output', 'json', resolve(path)];
    const measured = JSON.parse(await run(argv, this.short({ memory: GiB, cpuSeconds: 60 }, signal, 120_000))) as {
      required: number;
    };
    return measured.required;
  }

  /** Copies an inspected image (with what is below it) into a file of ours, which names no other: qcow2 unless told. `ordered`: the same bytes each time. `progress`: 0..1. */
  async convert(
    from: string,
    format: QemuFormat,
    to: string,
    options: { signal?: AbortSignal; progress?: (done: number) => void; output?: 'qcow2' | 'raw'; compress?: boolean; ordered?: boolean } = {}, // prettier-ignore
  ): Promise<void> {
    const argv = [
      this.program, 'convert', '-p', ...(options.ordered ? [] : ['-W']), '-m', '8', ...(options.compress ? ['-c'] : []), '-f', format, '-O', options.output ?? 'qcow2', resolve(from), resolve(to),
    ]; // prettier-ignore
    const onOutput = (text: string): void => {
      const last = [...text.matchAll(/\((\d+\.\d+)\/100%\)/g)].at(-1)?.[1];
      if (last) options.progress?.(Number(last) / 100);
    };
    await run(argv, {
      limits: convertLimits,
      stall: 300_000,
      onOutput,
      ...(options.signal ? { signal: options.signal } : {}),
    });
  }

  /** A new qcow2; with `backing`, an overlay on it (its name is stored as given, relative to the new file). */
  async create(path: string, size: number, backing?: { name: string; format: 'qcow2' | 'raw' }): Promise<void> {
    // -u: the backing file was inspected when it came in; its size is given here, so it need not be opened.
    const on = backing ? ['-u', '-b', backing.name, '-F', backing.format] : [];
    const argv = [this.program, 'create', '-q', '-f', 'qcow2', ...on, resolve(path), String(size)];
    await run(argv, { timeout: 60_000 });
  }

  /** Puts an overlay onto another base; what it had from layers between is copied into it. Its content stays the same. */
  async rebase(path: string, onto?: { name: string; format: 'qcow2' | 'raw' }): Promise<void> {
    const base = onto ? ['-b', onto.name, '-F', onto.format] : ['-b', ''];
    await run([this.program, 'rebase', '-q', '-f', 'qcow2', ...base, resolve(path)], {
      limits: convertLimits,
      timeout: 6 * 3_600_000,
    });
  }

  /** Says in an overlay's header what it stands on; nothing is copied. */
  async relabel(path: string, backing: { name: string; format: 'qcow2' | 'raw' }): Promise<void> {
    const argv = [this.program, 'rebase', '-u', '-q', '-f', 'qcow2', '-b', backing.name, '-F', backing.format];
    await run([...argv, resolve(path)], { timeout: 60_000 });
  }

  /** Writes an overlay's data into the file it stands on; the overlay stays as it is. */
  async commit(path: string): Promise<void> {
    const argv = [this.program, 'commit', '-q', '-d', '-f', 'qcow2', resolve(path)];
    await run(argv, { limits: convertLimits, timeout: 6 * 3_600_000 });
  }

  /** Grows our own qcow2. Refused by QEMU's lock while a machine has it open. */
  async grow(path: string, size: number): Promise<void> {
    await run([this.program, 'resize', '-q', '-f', 'qcow2', resolve(path), String(size)], { timeout: 60_000 });
  }

  private short(limits: RunOptions['limits'], signal: AbortSignal | undefined, timeout = 60_000): RunOptions {
    return { timeout, ...(limits ? { limits } : {}), ...(signal ? { signal } : {}) };
  }
}
