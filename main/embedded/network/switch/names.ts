import { ipNumber } from './packet.ts';
import { clusterDomain } from './protocol.ts';
import type { NameRecord } from './protocol.ts';

/** Addresses of a name; `none`: there is no such name, and nobody else may say otherwise; `elsewhere`: not a name of ours. */
export type Found = number[] | 'none' | 'elsewhere';

/** Names of machines and Services, as the DNS of a cluster has them, and also without the domain. */
export class Names {
  readonly #records = new Map<string, NameRecord>();
  readonly #namespaces = new Set<string>();

  constructor(records: readonly NameRecord[]) {
    for (const record of records) {
      this.#records.set(`${record.namespace}/${record.name}`, record);
      this.#namespaces.add(record.namespace);
    }
  }

  /**
   * What `name` means to somebody in `namespace` who sits on the networks `on`: `web`, `web.lab`, `web.lab.svc` and
   * `web.lab.svc.cluster.local`; a machine with a subdomain also as `host.subdomain…`.
   */
  find(name: string, namespace: string, on: ReadonlySet<string>): Found {
    const full = [`.svc.${clusterDomain}`, '.svc'].find((end) => name.endsWith(end));
    if (full !== undefined) return this.#qualified(name.slice(0, -full.length), on) ?? 'none';
    if (name === clusterDomain || name.endsWith(`.${clusterDomain}`)) return 'none';
    return this.#of(namespace, name, on) ?? this.#qualified(name, on) ?? 'elsewhere';
  }

  #qualified(name: string, on: ReadonlySet<string>): Found | undefined {
    const dot = name.lastIndexOf('.');
    const namespace = name.slice(dot + 1);
    if (dot <= 0 || !this.#namespaces.has(namespace)) return undefined;
    return this.#of(namespace, name.slice(0, dot), on);
  }

  /** Only addresses that the one who asks can reach: on a network that both sit on. */
  #of(namespace: string, name: string, on: ReadonlySet<string>): number[] | undefined {
    const record = this.#records.get(`${namespace}/${name}`);
    return record?.addresses.flatMap((entry) => (on.has(entry.on) ? (ipNumber(entry.address) ?? []) : []));
  }
}
