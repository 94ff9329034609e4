import type { ProcessOptions, RunResult } from '../../../process.ts';

/** `runProcess`, or what stands for it in tests. */
export type Run = (argv: readonly string[], options?: ProcessOptions) => Promise<RunResult>;
