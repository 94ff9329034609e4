/** Work over everything that is done after changes, many at a time. */
export interface Paced {
  /** Something changed: it is done soon. */
  readonly touch: () => void;
  readonly stop: () => void;
}

/**
 * `work` is done `ms` milliseconds after the first `touch`; where it takes long, because there is much of everything, it waits
 * ten times as long as it took the last time, so that it never has more than a tenth of a core.
 */
export function createPaced(work: () => void, ms: number | (() => number)): Paced {
  let timer: NodeJS.Timeout | undefined;
  let took = 0;
  return {
    touch() {
      timer ??= setTimeout(
        () => {
          timer = undefined;
          const begun = performance.now();
          work();
          took = performance.now() - begun;
        },
        Math.max(typeof ms === 'number' ? ms : ms(), took * 10),
      );
      timer.unref();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
