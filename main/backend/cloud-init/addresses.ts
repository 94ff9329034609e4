import { isIP } from 'node:net';

/** An IP address as a number and its length in bits; undefined for anything else. Pure. */
export function parseAddress(text: string): { value: bigint; bits: 32 | 128 } | undefined {
  const kind = isIP(text);
  if (kind === 4) return { value: text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n), bits: 32 };
  if (kind !== 6 || text.includes('%')) return undefined;
  // A dotted end ("::ffff:1.2.3.4") as two groups.
  const plain = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a: string, b: string, c: string, d: string) =>
    `${((Number(a) << 8) | Number(b)).toString(16)}:${((Number(c) << 8) | Number(d)).toString(16)}`,
  ); // prettier-ignore
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return { value: groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n), bits: 128 };
}

/** `192.168.1.10/24` taken apart; undefined where it is not of that form. Pure. */
export function parseCidr(text: string): { value: bigint; bits: 32 | 128; prefix: number } | undefined {
  const [ip = '', length, ...rest] = text.split('/');
  const address = parseAddress(ip);
  if (!address || rest.length > 0 || length === undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const prefix = Number(length);
  return prefix > address.bits ? undefined : { ...address, prefix };
}

/** Whether an address lies in the network of another one with its prefix. Pure. */
export function inSubnet(ip: string, cidr: string): boolean {
  const address = parseAddress(ip);
  const net = parseCidr(cidr);
  if (!address || net?.bits !== address.bits) return false;
  const shift = BigInt(net.bits - net.prefix);
  return address.value >> shift === net.value >> shift;
}

/** Why an address with a prefix cannot be a machine's; undefined when it can. Pure. */
export function addressProblem(text: string): string | undefined {
  const [ip = ''] = text.split('/');
  if (!parseAddress(ip)) return `${text} is no IP address.`;
  const net = parseCidr(text);
  if (!net) return `${text} needs the length of its network, e.g. ${ip}/${ip.includes(':') ? 64 : 24}.`;
  const host = BigInt(net.bits - net.prefix);
  const mask = (1n << host) - 1n;
  if (net.bits === 32 && net.prefix < 31) {
    if ((net.value & mask) === 0n) return `${ip} is the network itself, not an address in it.`;
    if ((net.value & mask) === mask) return `${ip} is the broadcast address of its network.`;
  }
  if (net.bits === 32 && net.value >> 24n === 127n) return `${ip} is a loopback address.`;
  if (net.value === 0n) return `${ip} is no address of a machine.`;
  return undefined;
}
