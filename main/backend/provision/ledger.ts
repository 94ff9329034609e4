import { parseLedger } from '../../../provisioning/ledger.ts';
import type { LedgerEntry } from '../../../provisioning/ledger.ts';
import type { Place } from './place.ts';

const ledgerPath = '/var/lib/hearth/ledger';
/** Bytes of it that are read: some forty thousand entries. */
const longest = 8 * 1024 * 1024;

/** What the root helper wrote down at a place; empty where nothing of ours is. Everybody there may read it. */
export async function readLedger(place: Place): Promise<LedgerEntry[]> {
  const bytes = await place.read(ledgerPath, longest);
  return bytes ? parseLedger(bytes.toString('utf8')) : [];
}
