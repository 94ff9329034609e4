import type { z } from 'zod';

/** The platform's AbortSignal, named without pulling Node's or the DOM's types into the contract. */
export type Abort = typeof globalThis extends { AbortSignal: { prototype: infer Signal } } ? Signal : never;

/**
 * The three kinds of procedure between page and backend.
 * call: one answer. stream: a snapshot, then changes, until either side stops (resubscribing is always safe).
 * pipe: raw bytes both ways with credit, for consoles.
 */
export interface Call<I = unknown, O = unknown, P = I> {
  readonly type: 'call';
  /** `I` is what a page sends (defaults may be left out), `P` what the handler gets. */
  readonly input: z.ZodType<P, I>;
  readonly output?: O;
}
export interface Stream<I = unknown, O = unknown, P = I> {
  readonly type: 'stream';
  readonly input: z.ZodType<P, I>;
  readonly output?: O;
}
export interface Pipe<I = unknown, P = I> {
  readonly type: 'pipe';
  readonly input: z.ZodType<P, I>;
}
export type Procedure = Call<never> | Stream<never> | Pipe<never>;
export interface Router {
  // oxlint-disable-next-line no-explicit-any -- a router holds procedures of every input
  readonly [name: string]: Router | Call<any, any, any> | Stream<any, any, any> | Pipe<any, any>;
}

/** Every procedure of a router by its path: `machines.create`. */
export type Paths<R, P extends string = ''> = {
  [K in keyof R & string]: R[K] extends { readonly type: 'call' | 'stream' | 'pipe' }
    ? `${P}${K}`
    : Paths<R[K], `${P}${K}.`>;
}[keyof R & string];

/** Declares a call: `call<Output>()(inputSchema)`. The output is typed only: the backend is trusted by the page. */
export const call =
  <O>() =>
  <P, I>(input: z.ZodType<P, I>): Call<I, O, P> => ({ type: 'call', input });
/** Declares a stream of `O`. */
export const stream =
  <O>() =>
  <P, I>(input: z.ZodType<P, I>): Stream<I, O, P> => ({ type: 'stream', input });
/** Declares a byte pipe. */
export const pipe = <P, I>(input: z.ZodType<P, I>): Pipe<I, P> => ({ type: 'pipe', input });

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
  readonly [K in keyof R]: R[K] extends Call<infer I, infer O, infer _P>
    ? (input: I, options?: CallOptions) => Promise<O>
    : R[K] extends Stream<infer I, infer O, infer _P>
      ? (input: I, options?: CallOptions) => AsyncIterable<O>
      : R[K] extends Pipe<infer I, infer _P>
        ? (input: I, options?: CallOptions) => Promise<BytePipe>
        : Client<R[K]>;
};

/** What the backend implements. */
export type Handlers<R> = {
  readonly [K in keyof R]: R[K] extends Call<infer _I, infer O, infer P>
    ? (input: P, context: RequestContext) => Promise<O> | O
    : R[K] extends Stream<infer _I, infer O, infer P>
      ? (input: P, context: RequestContext) => AsyncIterable<O>
      : R[K] extends Pipe<infer _I, infer P>
        ? (input: P, context: RequestContext) => Promise<BytePipe>
        : Handlers<R[K]>;
};

export interface RequestContext {
  /** Aborted when the page cancels, or its connection ends. */
  readonly signal: Abort;
}
