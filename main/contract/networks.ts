import { z } from 'zod';
import type { ListUpdate } from './machine.ts';
import type { ObjectRef } from './machine-ref.ts';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import { call, stream } from './procedure.ts';

/** A network that machines can be on: the pod network, or a NetworkAttachmentDefinition. */
export interface NetworkRow {
  /** `pod`, or namespace/name. */
  id: string;
  /** private: between machines only; lan: a bridge of the node; other: what Hearth did not make and cannot tell more of. */
  kind: 'pod' | 'private' | 'lan' | 'other';
  namespace?: string;
  name: string;
  /** e.g. "10.9.0.0/24"; absent where the network gives out no addresses. */
  range?: string;
  bridge?: string;
  members: NetworkMember[];
}
export interface NetworkMember {
  namespace: string;
  machine: string;
  interface: string;
  running: boolean;
  mac?: string;
  addresses: string[];
  /** The address that was asked for. */
  reserved?: string;
  /** Names by which other machines reach it there. */
  names: string[];
  rollBack?: RollBack;
}
/** A move that goes back by itself unless it is confirmed. */
export interface RollBack {
  /** Where it goes back to: `pod` or namespace/name. */
  network: string;
  /** ISO 8601. */
  until: string;
}
/** When a change takes effect. */
export interface Effect {
  when: 'now' | 'restart';
  rollBack?: RollBack;
}

const ipv4 = z.string().regex(/^(\d{1,3}\.){3}\d{1,3}$/, 'An address like 10.9.0.20.');
const nic = z.string().regex(/^[A-Za-z0-9-_]{1,63}$/);
const networkId = z.string().regex(/^(pod|[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253})$/);
const onNic = objectRefSchema.extend({ interface: nic });

export const createNetworkSchema = z.object({
  namespace: nameSchema.default('default'),
  name: nameSchema,
  description: z.string().max(500).optional(),
  /** Addresses that it gives out; without them machines address themselves. */
  subnet: z
    .string()
    .regex(/^(\d{1,3}\.){3}\d{1,3}\/(8|9|1\d|2\d)$/, 'A network like 10.9.0.0/24.')
    .optional(),
  first: ipv4.optional(),
  last: ipv4.optional(),
  /** A bridge of the node: machines then are on the network that the bridge is on. */
  bridge: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,15}$/, 'A name of a bridge, at most 15 characters.')
    .optional(),
});
export type CreateNetwork = z.output<typeof createNetworkSchema>;

export const networkProcedures = {
  watch: stream<ListUpdate<NetworkRow>>()(z.object({}).strict()),
  create: call<ObjectRef>()(createNetworkSchema),
  /** Into the bin, under the id of the answer. Refused while a machine has an interface on it; the refusal names who. */
  remove: call<{ id: string }>()(objectRefSchema),
  attach: call<Effect>()(
    objectRefSchema.extend({
      network: networkId,
      model: z.enum(['virtio', 'e1000', 'e1000e', 'rtl8139']).default('virtio'),
    }),
  ),
  detach: call<Effect>()(onNic),
  /** `rollBackSeconds`: goes back after so long unless confirmed; 0: never. */
  move: call<Effect>()(
    onNic.extend({ network: networkId, rollBackSeconds: z.number().int().min(0).max(3600).default(60) }),
  ),
  confirmMove: call<void>()(onNic),
  rollBack: call<Effect>()(onNic),
  /** The cable in or out. */
  setLink: call<Effect>()(onNic.extend({ up: z.boolean() })),
  /** Without an address the reservation goes. */
  reserve: call<Effect>()(onNic.extend({ address: ipv4.optional() })),
  /** Who has a port of the host, before a forward is made; `free` where nobody is known. */
  portHolder: call<{ free: boolean; holder?: string }>()(
    z.object({ hostPort: z.number().int().min(1).max(65535), protocol: z.enum(['TCP', 'UDP']).default('TCP') }),
  ),
} as const;
