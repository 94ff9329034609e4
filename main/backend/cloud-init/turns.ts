/** Work by keys, so many at a time: what waits is a key in a set and nothing else, for there may be thousands. */
export interface Turns {
  /** It waits for a turn, unless it does already: before the others, after those of its kind, or only when there is time. */
  want(key: string, how: 'next' | 'later' | 'patient'): void;
  /** If it waits, it has the next free place. */
  soon(key: string): void;
  /** It does not wait any more; a turn that has begun goes on. */
  drop(key: string): void;
  /** No turn begins any more. */
  close(): void;
  /** How many wait. */
  readonly waiting: number;
}

/**
 * `work` must not reject. The patient ones begin when nobody else waits; while more than `many` of them do, one at a time, so
 * that looking at everything for the first time is no load.
 */
export function createTurns(limits: { width: number; many: number }, work: (key: string) => Promise<void>): Turns {
  const eager = new Set<string>();
  const patient = new Set<string>();
  const inside = new Set<string>();
  let patientInside = 0;
  let closed = false;
  const begin = (key: string, from: Set<string>): void => {
    from.delete(key);
    inside.add(key);
    const count = from === patient ? 1 : 0;
    patientInside += count;
    void work(key).finally(() => {
      inside.delete(key);
      patientInside -= count;
      next();
    });
  };
  /** The first that waits and has no turn just now. */
  const firstOf = (set: Set<string>): string | undefined => {
    for (const key of set) if (!inside.has(key)) return key;
    return undefined;
  };
  const next = (): void => {
    while (!closed && inside.size < limits.width) {
      const key = firstOf(eager);
      if (key !== undefined) {
        begin(key, eager);
        continue;
      }
      const slow = patientInside < (patient.size > limits.many ? 1 : limits.width) ? firstOf(patient) : undefined;
      if (slow === undefined) return;
      begin(slow, patient);
    }
  };
  return {
    want(key, how) {
      if (eager.has(key) || patient.has(key)) return;
      (how === 'patient' ? patient : eager).add(key);
      next();
    },
    soon(key) {
      const waits = patient.delete(key) || eager.delete(key);
      if (!waits) return;
      const others = [...eager];
      eager.clear();
      for (const each of [key, ...others]) eager.add(each);
      next();
    },
    drop(key) {
      eager.delete(key);
      patient.delete(key);
    },
    close() {
      closed = true;
    },
    get waiting() {
      return eager.size + patient.size;
    },
  };
}
