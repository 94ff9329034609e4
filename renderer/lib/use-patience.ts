import { useEffect, useState } from 'react';

/** How long the rest of a page is held back. Most answers are there before; a slower one may move what stands below it. */
const patienceMs = 1_000;

/**
 * Whether what stands below something of unknown height is still held back, so that nothing moves under the reader: as long
 * as it is being waited for, and for a second at most. Once let go, never again.
 */
export function usePatience(waiting: boolean): boolean {
  const [over, setOver] = useState(!waiting);
  if (!waiting && !over) setOver(true);
  useEffect(() => {
    if (over) return;
    const timer = setTimeout(() => setOver(true), patienceMs);
    return () => clearTimeout(timer);
  }, [over]);
  return waiting && !over;
}
