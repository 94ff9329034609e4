import type { z } from 'zod';

/** The platform's AbortSignal, named without pulling Node's or the DOM's types into the contract. */
export type Abort = typeof globalThis extends { AbortSignal: { prototype: infer Signal } } ? Signal : never;

/**
 * The three kinds of procedure between page and backend.
 * call: one answer. stream: a snapshot, then changes, until either side stops (resubscribing is always safe).
 * pipe: raw bytes both ways with credit, for consoles.
 */
export interface Call<I = unknown, O = unknown> {
  readonly type: 'call';
  readonly input: z.ZodType<I>;
  readonly output?: O;
}
export interface Stream<I = unknown, O = unknown> {
  readonly type: 'stream';
  readonly input: z.ZodType<I>;
  readonly output?: O;
}
export interface Pipe<I = unknown> {
  readonly type: 'pipe';
  readonly input: z.ZodType<I>;
}
export type Procedure = Call<never, unknown> | Stream<never, unknown> | Pipe<never>;
export interface Router {
  readonly [name: string]: Router | Call<any, any> | Stream<any, any> | Pipe<any>; // oxlint-disable-line no-explicit-any
}

/** Declares a call: `call<Output>()(inputSchema)`. The output is typed only: the backend is trusted by the page. */
export const call =
  <O>() =>
  <I>(input: z.ZodType<I>): Call<I, O> => ({ type: 'call', input });
/** Declares a stream of `O`. */
export const stream =
  <O>() =>
  <I>(input: z.ZodType<I>): Stream<I, O> => ({ type: 'stream', input });
/** Declares a byte pipe. */
export const pipe = <I>(input: z.ZodType<I>): Pipe<I> => ({ type: 'pipe', input });

export interface CallOptions {
  signal?: Abort;
}

/** Bytes both ways. `read` gives backpressure by credit: the other side never sends more than is asked for. */
export interface BytePipe {
  /** Resolves once the other side accepted the bytes. Rejects with a ProblemError when the pipe is gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Chunks as they come; ends when the other side closes; throws a ProblemError when it failed. */
  readonly readable: AsyncIterable<Uint8Array>;
  close(problem?: unknown): void;
}

/** What a page holds. */
export type Client<R> = {
  readonly [K in keyof R]: R[K] extends Call<infer I, infer O>
    ? (input: I, options?: CallOptions) => Promise<O>
    : R[K] extends Stream<infer I, infer O>
      ? (input: I, options?: CallOptions) => AsyncIterable<O>
      : R[K] extends Pipe<infer I>
        ? (input: I, options?: CallOptions) => Promise<BytePipe>
        : Client<R[K]>;
};

/** What the backend implements. */
export type Handlers<R> = {
  readonly [K in keyof R]: R[K] extends Call<infer I, infer O>
    ? (input: I, context: RequestContext) => Promise<O> | O
    : R[K] extends Stream<infer I, infer O>
      ? (input: I, context: RequestContext) => AsyncIterable<O>
      : R[K] extends Pipe<infer I>
        ? (input: I, context: RequestContext) => Promise<BytePipe>
        : Handlers<R[K]>;
};

export interface RequestContext {
  /** Aborted when the page cancels, or its connection ends. */
  readonly signal: Abort;
}
