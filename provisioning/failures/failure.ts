/** Where a line was read. */
export type Source = 'journal' | 'event' | 'podlog' | 'qemu-stderr' | 'readyz' | 'kind' | 'helper';
export interface SourceLine {
  readonly source: Source;
  readonly text: string;
}

/** One known failure. */
export interface Failure {
  readonly id: string;
  readonly sources: readonly Source[];
  readonly pattern: RegExp;
  readonly title: string;
  /** What it means, in plain words. */
  readonly text: string;
  readonly fix: string;
  readonly action?: 'restart' | 'renew-certificates' | 'refresh-network' | 'start';
  /** Failures that are only its consequence: not told besides it. */
  readonly explains?: readonly string[];
}
