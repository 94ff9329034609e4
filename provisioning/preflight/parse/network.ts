import type { Address, Link, Listener, NetworkFacts, Route } from '../machine.ts';
import type { Sections } from '../sections.ts';

export function parseNetwork(raw: Sections): NetworkFacts {
  const routes = parseRoutes(raw.lines('routes'));
  const links = raw.lines('links').flatMap(parseLink);
  const units = new Map(
    raw.lines('firewall').flatMap((line) => {
      const match = /^unit (\S+)=(\S*)$/.exec(line);
      return match?.[1] === undefined ? [] : [[match[1], match[2] ?? ''] as const];
    }),
  );
  const active = (unit: string): boolean => units.get(unit) === 'active';
  const ufw = /\bENABLED=yes\b/.test(raw.value('firewall', 'ufw') ?? '');
  // The last resort that the plan itself lays is no way out.
  const defaults = routes.filter(
    (route) => route.destination === 'default' && route.table === 'main' && route.interface !== 'hl0',
  );
  return {
    routes,
    defaultRoute: defaults.toSorted((a, b) => a.metric - b.metric)[0],
    ipv6Default: ipv6Default(raw.lines('routes6')),
    addresses: raw.lines('addresses').flatMap(parseAddress),
    links,
    listeners: raw.lines('listen').flatMap(parseListener),
    units,
    firewall: active('firewalld') ? 'firewalld' : ufw ? 'ufw' : undefined,
    ownRules: ['nftables', 'iptables'].find(active),
    ...forwarding(raw, ufw, active('docker') || links.some((link) => link.name === 'docker0')),
    iptables: parseIptables(raw.lines('iptables')[0]),
    networkManager: active('NetworkManager') || raw.lines('processes').includes('NetworkManager'),
  };
}

function parseRoutes(lines: readonly string[]): Route[] {
  if (lines[0] === '# /proc/net/route') return lines.slice(2).flatMap(procRoute);
  const routes: Route[] = [];
  let pending: string | undefined;
  for (const line of lines) {
    // Several ways to one destination stand below it, indented.
    const text = /^\s+nexthop /.test(line) && pending !== undefined ? `${pending} ${line.trim().slice(8)}` : line;
    const words = text.trim().split(/\s+/);
    const after = (word: string): string | undefined => {
      const at = words.indexOf(word);
      return at < 0 ? undefined : words[at + 1];
    };
    const destination = words[0] ?? '';
    if (!/^(default|\d+\.\d+\.\d+\.\d+(\/\d+)?)$/.test(destination)) continue;
    const name = after('dev');
    if (name === undefined) pending = line.trim();
    else
      routes.push({
        destination: destination === '0.0.0.0/0' ? 'default' : destination,
        interface: name,
        gateway: after('via'),
        metric: Number(after('metric') ?? 0),
        table: after('table') ?? 'main',
      });
  }
  return routes;
}

const littleEndian = (hex: string): string =>
  (hex.match(/../g) ?? [])
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');

function procRoute(line: string): Route[] {
  const [name, destination, gateway, flags, , , metric, mask] = line.trim().split(/\s+/);
  if (!name || !/^[0-9A-F]{8}$/i.test(destination ?? '') || !/^[0-9A-F]{8}$/i.test(mask ?? '')) return [];
  if ((Number.parseInt(flags ?? '0', 16) & 1) === 0) return [];
  const bits = (
    Number.parseInt(mask ?? '0', 16)
      .toString(2)
      .match(/1/g) ?? []
  ).length;
  return [
    {
      destination: bits === 0 ? 'default' : `${littleEndian(destination ?? '')}/${bits}`,
      interface: name,
      gateway: gateway === '00000000' || gateway === undefined ? undefined : littleEndian(gateway),
      metric: Number(metric ?? 0),
      table: 'main',
    },
  ];
}

function ipv6Default(lines: readonly string[]): NetworkFacts['ipv6Default'] {
  const line = lines.find((entry) => entry.startsWith('default '));
  const name = /\bdev (\S+)/.exec(line ?? '')?.[1];
  return line === undefined || name === undefined
    ? undefined
    : { interface: name, advertised: /\bproto ra\b/.test(line) };
}

function parseAddress(line: string): Address[] {
  const match = /^\d+:\s+(\S+)\s+inet (\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?(.*)$/.exec(line);
  if (!match?.[1] || !match[2]) return [];
  return [
    {
      interface: match[1].replace(/@.*$/, ''),
      address: match[2],
      prefix: Number(match[3] ?? 32),
      dynamic: /\bdynamic\b/.test(match[4] ?? ''),
    },
  ];
}

function parseLink(line: string): Link[] {
  const match = /^(\S+) kind=(\S*) state=(\S*) type=(\S*)/.exec(line);
  if (!match?.[1]) return [];
  const [, name, kind = '', state = '', type = ''] = match;
  return [{ name, kind: linkKind(name, kind, type), up: state === 'up' || state === 'unknown' }];
}

/** `type` is the kernel's ARPHRD number: 772 loopback, 65534 none (tun, WireGuard), 512 PPP, 1 Ethernet. */
function linkKind(name: string, kind: string, type: string): Link['kind'] {
  if (type === '772') return 'loopback';
  if (kind === 'wlan' || name.startsWith('wl')) return 'wifi';
  if (kind === 'wireguard' || type === '65534' || type === '512') return 'vpn';
  if (/^(tun\d|wg|tailscale|zt|ppp|nordlynx|proton|cscotun|gpd|vpn)/.test(name)) return 'vpn';
  if (kind === 'bridge') return 'bridge';
  if (kind === 'hardware' && type === '1') return 'ethernet';
  return /^(veth|vnet|tap|dummy|hl0|flannel|ifb|cali)/.test(name) ? 'virtual' : 'other';
}

function parseListener(line: string): Listener[] {
  const words = line.trim().split(/\s+/);
  const protocol = words[0]?.startsWith('tcp') ? 'tcp' : words[0]?.startsWith('udp') ? 'udp' : undefined;
  if (protocol === undefined) return [];
  // From /proc/net: `tcp   0: 0100007F:192B 00000000:0000 0A ...`
  const hex = /^(?:tcp6?|udp6?)\s+\d+:\s+([0-9A-F]+):([0-9A-F]{4})\s/i.exec(line);
  if (hex?.[1] && hex[2]) {
    const address = hex[1].length === 8 ? littleEndian(hex[1]) : '::';
    return [{ protocol, address, port: Number.parseInt(hex[2], 16), line: line.trim() }];
  }
  const local = /^(.*):(\d+)$/.exec(words[4] ?? '');
  if (!local?.[2]) return [];
  const owner = /\(\("([^"]+)",pid=(\d+)/.exec(line);
  return [
    {
      protocol,
      address: (local[1] ?? '').replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, ''),
      port: Number(local[2]),
      owner: owner ? `${owner[1]} (process ${owner[2]})` : undefined,
      line: line.trim().replaceAll(/\s+/g, ' '),
    },
  ];
}

/** Docker has set the policy to DROP since 1.13 (docs.docker.com, "Packet filtering and firewalls"); ufw says its own. */
function forwarding(
  raw: Sections,
  ufw: boolean,
  docker: boolean,
): Pick<NetworkFacts, 'forwardPolicy' | 'forwardEvidence'> {
  const read = raw.evidence('firewall', /^(nft FORWARD .*policy|iptables -P FORWARD)/);
  if (read.length > 0)
    return {
      forwardPolicy: read.some((line) => /policy drop|FORWARD DROP/i.test(line)) ? 'drop' : 'accept',
      forwardEvidence: read,
    };
  const told = raw.evidence('firewall', /^DEFAULT_FORWARD_POLICY/);
  if (ufw && told.length > 0)
    return { forwardPolicy: told.some((line) => /ACCEPT/.test(line)) ? 'accept' : 'drop', forwardEvidence: told };
  if (docker) return { forwardPolicy: 'drop', forwardEvidence: raw.evidence('links', /^docker0 /) };
  return { forwardPolicy: undefined, forwardEvidence: [] };
}

function parseIptables(line: string | undefined): NetworkFacts['iptables'] {
  const match = /^iptables v(\d+(?:\.\d+)*)(?:\s+\(([^)]+)\))?/.exec(line ?? '');
  return match?.[1] ? { version: match[1], mode: match[2] ?? 'legacy' } : undefined;
}
