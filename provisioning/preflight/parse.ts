import type { MachineFacts } from './machine.ts';
import { parseKernel, parseSecurity } from './parse/kernel.ts';
import { parseHearth, parseKubernetes } from './parse/kubernetes.ts';
import { parseNames } from './parse/names.ts';
import { parseNetwork } from './parse/network.ts';
import { parseStorage } from './parse/storage.ts';
import { parseSystem, parseUser } from './parse/system.ts';
import { Sections } from './sections.ts';

/** What facts.sh printed, as facts. Takes any text: what is missing or odd becomes undefined or empty, nothing throws. */
export function parseFacts(text: string): MachineFacts {
  const raw = new Sections(text);
  return {
    complete: raw.complete,
    raw,
    system: parseSystem(raw),
    user: parseUser(raw),
    kernel: parseKernel(raw),
    security: parseSecurity(raw),
    storage: parseStorage(raw),
    network: parseNetwork(raw),
    names: parseNames(raw),
    kubernetes: parseKubernetes(raw),
    hearth: parseHearth(raw),
  };
}
