import { guestAddress, userNetdev } from '../machine/argv/network.ts';

export type Protocol = 'tcp' | 'udp';

/** A port of this computer that leads into a guest. Port 0 on the host: any free one. */
export interface Rule {
  protocol: Protocol;
  address: string;
  hostPort: number;
  guestPort: number;
}

/** QEMU would not open or close the port. */
export class ForwardError extends Error {
  override readonly name = 'ForwardError';
}

/** What a rule needs of a machine's monitor. */
export interface Monitor {
  human(line: string): Promise<string>;
}

const netdev = userNetdev;

/** Opens a port. Failures come as text, not as QMP errors. Throws ForwardError. */
export async function addRule(monitor: Monitor, rule: Rule): Promise<void> {
  const reply = (
    await monitor.human(
      `hostfwd_add ${netdev} ${rule.protocol}:${rule.address}:${rule.hostPort}-${guestAddress}:${rule.guestPort}`,
    )
  ).trim();
  if (reply) throw new ForwardError(reply);
}

/** Closes a port; connections that are open live on. Throws ForwardError where there was none. */
export async function removeRule(monitor: Monitor, rule: Omit<Rule, 'guestPort'>): Promise<void> {
  const reply = (
    await monitor.human(`hostfwd_remove ${netdev} ${rule.protocol}:${rule.address}:${rule.hostPort}`)
  ).trim();
  if (!reply.endsWith('removed')) throw new ForwardError(reply || 'QEMU gave no answer');
}

/** Rules that are open now, from `info usernet`. Pure. */
export function parseUsernet(text: string): Rule[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)/.exec(line);
    if (!match) return [];
    const address = match[2] === '*' ? '0.0.0.0' : (match[2] ?? '');
    return [
      {
        protocol: match[1] === 'UDP' ? 'udp' : 'tcp',
        address,
        hostPort: Number(match[3]),
        guestPort: Number(match[5]),
      } satisfies Rule,
    ];
  });
}

export const openRules = async (monitor: Monitor): Promise<Rule[]> => parseUsernet(await monitor.human('info usernet'));

/** Where a connection over a port is in the words of TCP (`SYN_SENT`, `ESTABLISHED`); undefined where there is none. */
export const connectionState = async (monitor: Monitor, hostPort: number): Promise<string | undefined> =>
  parseConnections(await monitor.human('info usernet')).get(hostPort);

/** State of a connection by its port of this computer, from `info usernet`. Pure. */
export function parseConnections(text: string): ReadonlyMap<number, string> {
  const lines = [...text.matchAll(/^\s*TCP\[(\w+)\]\s+\d+\s+\S+\s+(\d+)\s/gm)];
  return new Map(lines.flatMap(([, state = '', port]) => (state === 'HOST_FORWARD' ? [] : [[Number(port), state]])));
}
