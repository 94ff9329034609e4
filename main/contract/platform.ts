/** What the transport needs of an AbortSignal: the contract is compiled without Node's and the DOM's types. */
export interface SignalShape {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
interface Platform {
  AbortController: new () => { readonly signal: SignalShape; abort(reason?: unknown): void };
}

/** The platform's AbortController. */
export const newAbort = (): { signal: SignalShape; abort(reason?: unknown): void } =>
  new (globalThis as unknown as Platform).AbortController();
