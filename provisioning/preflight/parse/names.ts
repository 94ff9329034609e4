import type { NameFacts } from '../machine.ts';
import type { Sections } from '../sections.ts';

const servers = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? []);

export function parseNames(raw: Sections): NameFacts {
  const resolv = raw.lines('resolv');
  const manager = raw.lines('resolv_nm');
  const search = [...resolv, ...raw.lines('resolv_systemd')]
    .flatMap((line) => /^\s*(?:search|domain)\s+(.*)$/.exec(line)?.[1]?.split(/\s+/) ?? [])
    .filter((domain) => domain !== '' && domain !== '.');
  return {
    hostName: raw.value('hostname', 'hostname') ?? '',
    resolves: raw.value('hostname', 'resolves') !== undefined,
    nameServers: servers(resolv),
    systemdServers: raw.ok('resolv_systemd') ? servers(raw.lines('resolv_systemd')) : [],
    managerServers: unique([
      ...servers(manager),
      ...manager.flatMap((line) => /^nmcli (\d+\.\d+\.\d+\.\d+)$/.exec(line)?.[1] ?? []),
    ]),
    search: unique(search),
    proxy: { http: proxyOf(raw, 'http'), https: proxyOf(raw, 'https'), no: proxyOf(raw, 'no') },
    proxyEvidence: raw.evidence('proxy').map(withoutPassword),
    caFiles: raw.lines('ca').filter((line) => line.startsWith('/')),
  };
}

const unique = (list: readonly string[]): string[] => [...new Set(list)];
const withoutPassword = (line: string): string => line.replaceAll(/\/\/[^/@\s]*@/g, '//***@');

/** The session's own variables go before files. */
function proxyOf(raw: Sections, kind: 'http' | 'https' | 'no'): string | undefined {
  const pattern = new RegExp(`\\b${kind}_proxy=["']?([^"'\\s]+)`, 'i');
  const lines = raw.lines('proxy');
  const ordered = [...lines.filter((line) => line.startsWith('env ')), ...lines];
  return ordered.map((line) => pattern.exec(line)?.[1]).find((value) => value !== undefined);
}
