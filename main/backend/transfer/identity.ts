import { z } from 'zod';
import type { KubeObject } from '../../contract/kube.ts';
import { pick, pickList } from '../target/pick.ts';
import type { Manifest } from './file/manifest.ts';

/** On an export of our engine: what it gave the machine by itself, which another target would give anew. */
const identityAnnotation = 'hearth.dev/identity';
const identitySchema = z.object({
  uuid: z.uuid(),
  macs: z.record(z.string(), z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)),
});

/** Writes it into a manifest where nobody chose it, so that the machine can be the same elsewhere. Changes `about`. */
export function withIdentity(about: Pick<Manifest, 'machine' | 'expanded'>, object: KubeObject | undefined): void {
  const text = object?.metadata.annotations?.[identityAnnotation];
  const told = text === undefined ? undefined : identitySchema.safeParse(parsed(text)).data;
  if (!told) return;
  for (const machine of [about.machine, ...(about.expanded ? [about.expanded] : [])]) {
    const domain = pick(machine, 'spec', 'template', 'spec', 'domain') as Record<string, unknown> | undefined;
    if (!domain) continue;
    domain['firmware'] = { uuid: told.uuid, ...(domain['firmware'] as object | undefined) };
    for (const nic of pickList(domain, 'devices', 'interfaces')) {
      const mac = told.macs[String(nic['name'])];
      if (mac !== undefined) nic['macAddress'] ??= mac;
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no target of ours wrote it
  }
}
