import type { YamlFinding } from '../../../contract/machine.ts';

/** Where it is from: what its author has on the own computer may be named while it is written. */
export interface ReadOptions {
  own?: boolean;
}
/** Tells what is wrong at a path of the file. */
export type Tell = (path: readonly (string | number)[], message: string, severity?: YamlFinding['severity']) => void;
