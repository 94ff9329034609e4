import { useCallback, useState } from 'react';

/** State that survives a reload, for drafts and view choices. Never for secrets. A full or barred storage only forgets. */
export function useStored<T>(key: string, initial: T): [T, (next: T) => void] {
  const [value, setValue] = useState<T>(() => read(key) ?? initial);
  const set = useCallback(
    (next: T) => {
      setValue(next);
      write(key, next);
    },
    [key],
  );
  return [value, set];
}

function read<T>(key: string): T | undefined {
  try {
    const text = localStorage.getItem(`hearth.${key}`);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined; // barred storage or a text of another version: start fresh
  }
}
function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(`hearth.${key}`, JSON.stringify(value));
  } catch {
    // Barred or full storage: the page works, it only forgets.
  }
}
