import type { Stored } from '../../kube/object.ts';
import type { Base } from '../base/bases.ts';
import type { Storage } from '../storage.ts';
import type { StatusWriter } from './status.ts';

/** Everything a source needs to fill one claim. */
export interface Filling {
  storage: Storage;
  uploads: { receive(filling: Filling): Promise<Base> };
  volume: Stored;
  claim: Stored;
  status: StatusWriter;
  signal: AbortSignal;
  /** Keeps a base from the sweep until the claim refers to it. */
  hold: (id: string) => void;
  /** Folder for half-done work; kept over a restart of the engine. */
  work: string;
}
