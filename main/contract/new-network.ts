import { z } from 'zod';

// The wizard uses this without the rest of the contract: a strict Content-Security-Policy forbids zod's code generation, which it
// tries when the first object is made.
z.config({ jitless: true });

const model = z.enum(['virtio', 'e1000', 'e1000e', 'rtl8139']).default('virtio');
const mac = z
  .string()
  .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i)
  .optional();

/** The network cards of a machine that is to be made, and the ports of the host that lead to it. */
export const newNetworkSchema = z.object({
  podNetwork: z.boolean().default(true),
  model,
  mac,
  /** Cards on networks of one's own (namespace/name of a NetworkAttachmentDefinition), after the pod network's. */
  others: z
    .array(z.object({ network: z.string().regex(/^[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253}$/, 'A network.'), model, mac }))
    .max(15)
    .default([]),
  /** Ports of the guest that shall be reachable from this computer. */
  forwards: z
    .array(
      z.object({
        guestPort: z.number().int().min(1).max(65535),
        hostPort: z.number().int().min(1024).max(65535).optional(),
        protocol: z.enum(['TCP', 'UDP']).default('TCP'),
      }),
    )
    .default([]),
});
export type NewNetwork = z.output<typeof newNetworkSchema>;
export const noNetworkWish: NewNetwork = { podNetwork: true, model: 'virtio', others: [], forwards: [] };

/**
 * Names of the cards on these networks (namespace/name), in their order: each is called as its network, with a number
 * where that is taken. The page and the manifest call them the same. Pure.
 */
export function nicNames(networks: readonly string[], taken: readonly string[] = ['default']): string[] {
  const used = new Set(taken);
  return networks.map((network) => {
    const stem = (network.split('/')[1] ?? 'net').replaceAll(/[^A-Za-z0-9-_]/g, '-').slice(0, 40);
    let name = stem;
    for (let n = 2; used.has(name); n += 1) name = `${stem}-${n}`;
    used.add(name);
    return name;
  });
}
