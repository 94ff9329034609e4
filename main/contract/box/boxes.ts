import { z } from 'zod';
import type { ListUpdate } from '../machine.ts';
import { call, stream } from '../procedure.ts';
import type { Problem } from '../problem.ts';
import { boxActionSchema } from './actions.ts';
import { looksLikeAddress } from './address.ts';
import type { BoxActionResult } from './actions.ts';
import { noteLimit } from './manifest.ts';
import type { BoxHello, BoxState } from './state.ts';
import { stickProcedures } from './sticks.ts';
import type { BoxHealth, BoxImageFacts, BoxJoinTicket, BoxLogs, BoxResetPreview } from './upkeep.ts';
import { fingerprintSchema } from './words.ts';

const none = z.object({});
const boxRef = z.object({ id: z.string().max(64) });
/** Host name, IPv4 or IPv6 address, with an optional port (8443 otherwise). */
const address = z
  .string()
  .max(260)
  .refine(looksLikeAddress, 'An address such as 192.168.1.20, [fd00::20] or hearth.local.');

/** A box that this Hearth is paired with. */
export interface BoxRow {
  id: string;
  name: string;
  /** Where it was reached last. */
  address: string;
  /** Its pinned certificate. */
  fingerprint: string;
  /** offline: does not answer, since `since`; changed: another key answers there, a hard stop. */
  state: 'connecting' | 'online' | 'offline' | 'changed' | 'revoked';
  since: string;
  problem?: Problem;
  last?: BoxState;
  /** Of its network cards, for waking it. */
  macs: string[];
  pairedAt: string;
  /** The target it became once its cluster was ready. */
  targetId?: string;
}
/** Something on the LAN that says it is a box; never believed before the proof. */
export interface FoundBox {
  address: string;
  hello?: BoxHello;
  /** Of the certificate that answered. */
  fingerprint?: string;
  how: 'mdns' | 'scan' | 'typed';
  /** Paired already under this id. */
  known?: string;
  /** A written stick's secret fits: pairing needs no typing. */
  enrolment?: boolean;
  problem?: Problem;
}

/** Where the bytes of an update go (tus), and how many are here from a try before. */
export interface UpdateOffer {
  facts: BoxImageFacts;
  /** Name of the image file that belongs to the `.json`. */
  file: string;
  uploadId: string;
  endpoint: string;
  received: number;
}

export const boxProcedures = {
  ...stickProcedures,
  watch: stream<ListUpdate<BoxRow>>()(none),
  /** Boxes on the LAN by mDNS, and what the sticks written here led to. */
  find: stream<ListUpdate<FoundBox>>()(none),
  /** Asks every address of this computer's networks at port 8443 (at most 1024). */
  scan: call<{ taskId: string }>()(none),
  lookAt: call<FoundBox>()(z.object({ address })),
  /** By the secret of a stick written here, when no code is given. `fingerprint`: what the person was shown. */
  pair: call<{ id: string }>()(
    z.object({
      address,
      fingerprint: fingerprintSchema.optional(),
      code: z
        .string()
        .regex(/^\d{8}$/, 'Eight digits.')
        .optional(),
    }),
  ),
  forget: call<void>()(boxRef),
  /** Its state as it changes. */
  state: stream<{ row: BoxRow; state?: BoxState }>()(boxRef),
  act: call<BoxActionResult>()(boxRef.extend({ action: boxActionSchema })),
  health: call<BoxHealth>()(boxRef),
  resetPreview: call<BoxResetPreview>()(boxRef),
  logs: call<BoxLogs>()(boxRef.extend({ lines: z.number().int().min(1).max(5000).default(500) })),
  /** Log bundle of the box into a file, secrets taken out. */
  saveLogs: call<{ taskId: string; path: string }>()(boxRef),
  /** Sends a box image and installs it into the other slot; restarts into it. */
  update: call<{ taskId: string }>()(
    boxRef.extend({ image: z.string().max(4096), anyway: z.boolean().default(false) }),
  ),
  imageFacts: call<BoxImageFacts>()(z.object({ path: z.string().min(1).max(4096) })),
  /** Takes its cluster as a target (again). */
  adopt: call<{ targetId: string }>()(boxRef),
  joinTicket: call<BoxJoinTicket>()(boxRef),
  /** Makes `id` a node of the cluster of `to`. */
  join: call<{ taskId: string }>()(boxRef.extend({ to: z.string().max(64) })),
  /** Wake-on-LAN: magic packets to its network cards. */
  wake: call<{ packets: number }>()(boxRef),
};

/** On a box, its pages talk to the box they come from; elsewhere `watch` says that there is none. */
export const ownBoxProcedures = {
  watch: stream<{ box: false } | { box: true; state: BoxState; code?: { digits: string; secondsLeft: number } }>()(
    none,
  ),
  act: call<BoxActionResult>()(z.object({ action: boxActionSchema })),
  health: call<BoxHealth>()(none),
  resetPreview: call<BoxResetPreview>()(none),
  logs: call<BoxLogs>()(z.object({ lines: z.number().int().min(1).max(5000).default(500) })),
  /** An image that a browser is about to send, by its `.json`: refused before its first byte when the box would not take it. */
  offerUpdate: call<UpdateOffer>()(z.object({ note: z.string().max(noteLimit) })),
  /** All of it was sent: checked as a whole, and then what the action `update` takes. */
  takeUpdate: call<void>()(z.object({ uploadId: z.string().max(64) })),
  /** It is not wanted any more. */
  dropUpdate: call<void>()(z.object({ uploadId: z.string().max(64) })),
};
