/** Calls `still` when `moved` was not called for so long. */
export interface Stillness {
  readonly moved: () => void;
  readonly stop: () => void;
}

export function watchStillness(quietMs: number, still: () => void): Stillness {
  const timer = setTimeout(still, quietMs);
  timer.unref();
  return { moved: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}
