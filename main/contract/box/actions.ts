import { z } from 'zod';
import { boxNetworkSchema } from './network.ts';
import { boxWishesSchema } from './settings.ts';
import { diskIdentitySchema, fingerprintSchema, hostNameSchema } from './words.ts';

const anyway = z.boolean().default(false);

/** `confirm`: the last four letters of the disk's serial number, typed. `reinstall`: a disk that carries a box already. */
export const chooseDiskSchema = z.strictObject({
  do: z.literal('choose-disk'),
  disk: diskIdentitySchema,
  confirm: z.string().max(200),
  reinstall: z.boolean().default(false),
});
export const stopCountdownSchema = z.strictObject({ do: z.literal('stop-countdown') });
export const trySchema = z.strictObject({ do: z.literal('try') });
export const backToInstallSchema = z.strictObject({ do: z.literal('back-to-install') });
export const nameBoxSchema = z.strictObject({
  do: z.literal('name'),
  // Without their defaults: what is left out stays as it is.
  keyboard: boxWishesSchema.shape.keyboard.unwrap().optional(),
  timeZone: boxWishesSchema.shape.timeZone.unwrap().optional(),
  language: boxWishesSchema.shape.language.unwrap().optional(),
  hostName: hostNameSchema,
});
/** Tried for a while; taken back by itself unless `keep-network` comes in over it. */
export const networkSchema = z.strictObject({ do: z.literal('network'), network: boxNetworkSchema });
/** Only from whoever reaches the box over the network that is tried. */
export const keepNetworkSchema = z.strictObject({ do: z.literal('keep-network'), trial: z.string().max(64) });

/** What a person, or a paired app, may ask of a box. The same from the app and from the box's own pages. */
export const boxActionSchema = z.discriminatedUnion('do', [
  chooseDiskSchema,
  stopCountdownSchema,
  trySchema,
  backToInstallSchema,
  nameBoxSchema,
  networkSchema,
  keepNetworkSchema,
  /** The network it has may stay: a step of the setup. */
  z.strictObject({ do: z.literal('leave-network') }),
  /** Who signs in at the box's pages. `current`: the password it has now, where one is set. */
  z.strictObject({
    do: z.literal('account'),
    name: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'Lowercase letters, digits, dash, underscore; a letter first.'),
    password: z.string().min(10, 'At least 10 letters.').max(200),
    current: z.string().max(200).optional(),
  }),
  z.strictObject({
    do: z.literal('install-appliance'),
    storage: z.enum(['local-path', 'pool-file']).default('local-path'),
    poolSize: z.number().int().positive().optional(),
  }),
  z.strictObject({ do: z.literal('skip-appliance') }),
  /** What the stick wished to bring along and could not be, once more. */
  z.strictObject({ do: z.literal('bring-again') }),
  z.strictObject({ do: z.literal('finish-setup') }),
  /** `anyway`: even if some virtual machine does not shut down, or they cannot be asked. */
  z.strictObject({ do: z.literal('reboot'), anyway }),
  z.strictObject({ do: z.literal('power-off'), anyway }),
  /** The file that was sent before. */
  z.strictObject({ do: z.literal('update'), anyway }),
  z.strictObject({ do: z.literal('roll-back'), anyway }),
  /** `confirm`: the box's name, typed. `wipe`: overwrite (blkdiscard where the disk can) instead of only forgetting. */
  z.strictObject({ do: z.literal('factory-reset'), confirm: z.string().max(63), wipe: z.boolean().default(false) }),
  /** A second box of the LAN becomes a node of this one's cluster, or this one of another's. */
  z.strictObject({
    do: z.literal('join'),
    server: z.url({ protocol: /^https$/ }),
    token: z.string().max(4096),
    nodeName: hostNameSchema,
    k3s: z.string().max(60),
  }),
  z.strictObject({ do: z.literal('new-code') }),
  z.strictObject({ do: z.literal('revoke'), fingerprint: fingerprintSchema }),
]);
export type BoxAction = z.infer<typeof boxActionSchema>;
export type BoxActionInput = z.input<typeof boxActionSchema>;

/** `taskId`: a Task of the box's own Hearth. `trial`: of a network that is tried. */
export interface BoxActionResult {
  taskId?: string;
  trial?: { id: string; seconds: number };
}
