import { z } from 'zod';
import { nameSchema } from './machine-ref.ts';
import { podKindSchema, podRefSchema } from './pods.ts';
import type { PodKind } from './pods.ts';
import { call, stream } from './procedure.ts';

/** Somebody on the map: a machine, a workload with its Pods, or a Pod that nothing keeps. */
export interface MapNode {
  /** KIND/namespace/name. */
  id: string;
  kind: 'VirtualMachine' | PodKind;
  namespace: string;
  name: string;
  tone: 'running' | 'busy' | 'stopped' | 'error';
  /** Pods of a workload: how many. */
  pods?: number;
  /** The target's own: it is shown when asked for. */
  system: boolean;
}
/** A card of a machine, or the Pods of a workload, on a network. */
export interface MapCard {
  node: string;
  /** Of a machine: the card's name. */
  interface?: string;
  addresses: string[];
  /** The cable is pulled. */
  unplugged?: true;
}
export interface MapNetwork {
  /** `pod`, or namespace/name. */
  id: string;
  kind: 'pod' | 'private' | 'lan' | 'other';
  name: string;
  range?: string;
  cards: MapCard[];
}
/** A Service: who it leads to. With a port of the host it is a way in from outside. */
export interface MapService {
  /** namespace/name. */
  id: string;
  namespace: string;
  name: string;
  ports: { port: number; targetPort: string; protocol: string; hostPort?: number }[];
  /** Ids of nodes. */
  to: string[];
  system: boolean;
}
/** Who hangs on what. */
export interface NetworkMap {
  nodes: MapNode[];
  networks: MapNetwork[];
  services: MapService[];
}

const machine = z.object({
  kind: z.literal('VirtualMachine'),
  namespace: nameSchema,
  name: z.string().min(1).max(253),
});
const pods = podRefSchema.extend({ kind: podKindSchema });
const address = z.object({
  kind: z.literal('address'),
  address: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?$/, 'A name or an address.'),
});
export const lineSchema = z.object({
  /** `outside`: where Hearth itself comes from, by the target's API. */
  from: z.discriminatedUnion('kind', [machine, pods, z.object({ kind: z.literal('outside') })]),
  to: z.discriminatedUnion('kind', [machine, pods, address]),
  /** TCP. */
  port: z.number().int().min(1).max(65_535),
});
export type LineWish = z.output<typeof lineSchema>;

/** One look on the way from one to the other. */
export interface LineStep {
  /**
   * from, to: whether they run; network: whether they have one in common, with cables in; way: whether Hearth can try from there;
   * reach: whether an answer comes back at all; port: whether the port takes a connection; far: the same port asked from the
   * target itself, which tells a closed port from a broken way.
   */
  id: 'from' | 'to' | 'network' | 'way' | 'reach' | 'port' | 'far';
  state: 'ok' | 'failed' | 'unknown';
  /** In a sentence; in English, as all causes are. */
  says: string;
  fix?: string;
}
/** What came of a real try. */
export interface LineResult {
  reached: boolean;
  steps: LineStep[];
  /** Where it breaks: the first step that failed. */
  broken?: LineStep['id'];
  /** The network it went over. */
  network?: string;
  /** What was called. */
  address?: string;
}

export const mapProcedures = {
  watch: stream<NetworkMap>()(z.object({}).strict()),
  /** Tries a connection, from inside where it can: over SSH in a machine, by a command in a Pod. At most half a minute. */
  testLine: call<LineResult>()(lineSchema),
} as const;
