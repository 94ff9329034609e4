import { useCallback, useState } from 'react';

/** local: until it is cleared; session: until this window is closed (for drafts with a password in them). */
type Area = 'local' | 'session';
const storage = (area: Area): Storage => (area === 'local' ? localStorage : sessionStorage);

/** State that survives a reload, for drafts and view choices. A full or barred storage only forgets. */
export function useStored<T>(
  key: string,
  initial: T,
  area: Area = 'local',
): [T, (next: T | ((before: T) => T)) => void] {
  const [value, setValue] = useState<T>(() => (read(key, area) as T | undefined) ?? initial);
  const set = useCallback(
    (next: T | ((before: T) => T)) =>
      setValue((before) => {
        const value = typeof next === 'function' ? (next as (before: T) => T)(before) : next;
        write(key, value, area);
        return value;
      }),
    [key, area],
  );
  return [value, set];
}

/** Ends what `useStored` keeps. */
export function forget(key: string, area: Area = 'local'): void {
  write(key, undefined, area);
}

function read(key: string, area: Area): unknown {
  try {
    const text = storage(area).getItem(`hearth.${key}`);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined; // barred storage or a text of another version: start fresh
  }
}
function write(key: string, value: unknown, area: Area): void {
  try {
    if (value === undefined) storage(area).removeItem(`hearth.${key}`);
    else storage(area).setItem(`hearth.${key}`, JSON.stringify(value));
  } catch {
    // Barred or full storage: the page works, it only forgets.
  }
}
