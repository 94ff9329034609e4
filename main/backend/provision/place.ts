import type { Writable } from 'node:stream';
import type { RunOptions, RunResult } from '../process.ts';

/** Where a plan runs: this computer, or another over SSH. Everything that provisioning does to a machine goes through it. */
export interface Place {
  /** `local`, or `ssh:user@host:port`. */
  readonly id: string;
  /** In words: "this computer", "box.lan". */
  readonly title: string;
  readonly type: 'local' | 'ssh';
  /** The address at which its API server is dialled: 127.0.0.1, or the host. */
  readonly address: string;
  /** Runs a program without a shell and without privilege. Resolves with what it printed, whatever its exit code. */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** How root is got here. Asks nobody. */
  elevation(): Promise<'root' | 'pkexec' | 'sudo' | 'sudo-password' | 'none'>;
  /** Runs a program as root; one prompt at most. stdout is given line by line as it comes. */
  elevate(argv: readonly string[], options: ElevateOptions): Promise<Elevated>;
  /** Files by their content into a private folder there, named by their SHA-256; what is there already is not sent again. */
  stage(files: readonly StagedFile[], options: StageOptions): Promise<{ folder: string }>;
  /** Takes the staged files away. */
  unstage(): Promise<void>;
  /** A small file, at most `limit` bytes (1 MiB unless told); undefined when it is not there or may not be read. */
  read(path: string, limit?: number): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

export interface ElevateOptions {
  onLine: (line: string) => void;
  signal: AbortSignal;
  timeoutMs: number;
  /** For sudo, where it asks. Given by stdin, never in the arguments. */
  password?: string | undefined;
  /** What the person is told where a dialog shows it. */
  reason?: string;
  /** Gets the program's stdin and ends it; on this computer only. Nothing may be written before the program spoke: a prompt could take it. */
  feed?: (stdin: Writable) => void;
  /** A terminal is at hand: sudo may ask there. */
  terminal?: boolean;
}

/** How an attempt to become root ended. `ran`: the program ran and ended with that code; the others: it never ran. */
export type Elevated =
  | { outcome: 'ran'; code: number | null; stderr: string }
  | { outcome: 'dismissed' }
  | { outcome: 'denied'; stderr: string }
  | { outcome: 'no-agent'; stderr: string }
  | { outcome: 'wrong-password' }
  | { outcome: 'password-needed' }
  /** Neither pkexec nor sudo: the command to run by hand. */
  | { outcome: 'missing'; command: string };

export interface StagedFile {
  /** Lower-case hex; also its name there. */
  sha256: string;
  size: number;
  content: { path: string } | { bytes: Uint8Array };
}
export interface StageOptions {
  signal: AbortSignal;
  onProgress: (bytes: number, total: number) => void;
}
