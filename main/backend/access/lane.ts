/** One piece of work at a time; `most` may wait. Resolves to undefined, at once, where the queue is full. */
export function createLane(most: number): <T>(work: () => Promise<T>) => Promise<T | undefined> {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    if (waiting >= most) return undefined;
    waiting += 1;
    const next = last.then(work);
    last = next.catch(() => undefined); // whoever asked has the error
    try {
      return await next;
    } finally {
      waiting -= 1;
    }
  };
}
