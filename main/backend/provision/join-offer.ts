import type { JoinOffer } from '../../contract/appliance.ts';
import type { ApplianceRecord } from './record.ts';

export const serverOf = ({ settings }: ApplianceRecord): string => `https://${settings.address ?? ''}:6443`;

/** What to paste on the second machine. The token comes by stdin, so that it stands in no list of processes. */
export const offerOf = (record: ApplianceRecord, token: string, hours: number): JoinOffer => ({
  command: `hearth join ${serverOf(record)} --token-stdin <<'END'\n${token}\nEND`,
  server: serverOf(record),
  expires: new Date(Date.now() + hours * 3600_000).toISOString(),
});

/** The token that stands in an offer. */
export const tokenOf = ({ command }: JoinOffer): string => command.split('\n')[1] ?? '';
