import type { NetworkFault, PortFaults, Way } from './switch/protocol.ts';

/**
 * What is broken on purpose: an annotation of the VirtualMachine, JSON by kind. Each kind may name one `interface`, else it
 * is about all of them. Kinds that are not the network's are somebody else's to make true. `machine`, where it is there, is
 * the uid of the machine that is meant: a copy is not broken because its model was.
 */
export const faultsAnnotation = 'hearth.dev/faults';

/** A part of the annotation cannot be understood; in words for people. */
export class FaultsNotUnderstood extends Error {
  override readonly name = 'FaultsNotUnderstood';
}

export interface MachineFaults {
  /** Interface it is about; undefined: all. */
  interface: string | undefined;
  fault: PortFaults;
}

type Fields = Record<string, unknown>;
/** A number in a range, or what it is where nothing is said. */
function number(kind: string, fields: Fields, name: string, [least, most]: readonly [number, number], usual?: number): number {
  const value = fields[name] ?? usual;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new FaultsNotUnderstood(`${kind}.${name} has to be a number from ${least} to ${most}`);
} // prettier-ignore
function way(kind: string, fields: Fields, usual: Way): Way {
  const value = fields['way'] ?? usual;
  if (value === 'in' || value === 'out' || value === 'both') return value;
  throw new FaultsNotUnderstood(`${kind}.way has to be in, out or both`);
}

const readers: Readonly<Record<NetworkFault, (fields: Fields) => PortFaults>> = {
  loss: (of) => ({ loss: { percent: number('loss', of, 'percent', [0, 100]), way: way('loss', of, 'in') } }),
  delay: (of) => ({ delay: { ms: number('delay', of, 'ms', [0, 10_000]), jitter: number('delay', of, 'jitter', [0, 5000], 0), way: way('delay', of, 'both') } }),
  rate: (of) => ({ rate: { kbit: number('rate', of, 'kbit', [8, 10_000_000]), way: way('rate', of, 'both') } }),
  dns: (of) => {
    if (of['off'] !== true) throw new FaultsNotUnderstood('dns.off has to be true');
    return { dns: { off: true } };
  },
}; // prettier-ignore

/** The network's faults of a machine's annotation. Throws FaultsNotUnderstood. Pure. */
export function readFaults(text: string, uid: string): MachineFaults[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new FaultsNotUnderstood(`it is no JSON: ${error.message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new FaultsNotUnderstood('it has to be an object of faults by their kind'); // prettier-ignore
  const { machine } = parsed as Fields;
  if (machine !== undefined && machine !== uid) return [];
  return (Object.keys(readers) as NetworkFault[]).flatMap((kind) => {
    const fields = (parsed as Fields)[kind];
    if (fields === undefined) return [];
    if (typeof fields !== 'object' || fields === null) throw new FaultsNotUnderstood(`${kind} has to be an object`);
    const nic = (fields as Fields)['interface'];
    if (nic !== undefined && typeof nic !== 'string') throw new FaultsNotUnderstood(`${kind}.interface has to be the name of an interface`); // prettier-ignore
    return [{ interface: nic, fault: readers[kind](fields as Fields) }];
  });
}

/** What is wrong with one interface; undefined: nothing. Pure. */
export function faultsOn(faults: readonly MachineFaults[], nic: string): PortFaults | undefined {
  const mine = faults.filter((one) => one.interface === undefined || one.interface === nic).map(({ fault }) => fault);
  return mine.length > 0 ? Object.assign({}, ...mine) : undefined;
}
