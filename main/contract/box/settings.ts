import { z } from 'zod';
import { boxNetworkSchema } from './network.ts';
import { diskIdentitySchema, fingerprintSchema, hostNameSchema, randomIdSchema } from './words.ts';

/** Which disk is erased, and who says so. Never "the largest", never "the first". */
export const diskRuleSchema = z.discriminatedUnion('rule', [
  /** The default: the box lists its disks and waits for the choice from the app or at its console. */
  z.strictObject({ rule: z.literal('confirm') }),
  /** Exactly this disk, after a countdown; anything else but one match falls back to `confirm`. */
  z.strictObject({ rule: z.literal('serial'), ...diskIdentitySchema.partial({ size: true }).shape }),
  /** The only internal disk, and only when it is blank (no table, no signature); else falls back to `confirm`. */
  z.strictObject({ rule: z.literal('single-blank') }),
]);
export type DiskRule = z.infer<typeof diskRuleSchema>;

const pem = z
  .string()
  .max(32 * 1024)
  .regex(/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, 'A certificate in PEM form.');
const sshKey = z
  .string()
  .max(4096)
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]+={0,3}( [^\n\r]*)?$/,
    'One public key in one line, as in authorized_keys, without options.',
  );

/** What a stick tells its box, apart from secrets. */
export const boxWishesSchema = z.strictObject({
  hostName: hostNameSchema.default('hearth'),
  /** XKB layout with an optional variant: `us`, `de`, `ch+fr`. */
  keyboard: z
    .string()
    .regex(/^[a-z]{2,10}(\+[a-z0-9_-]{1,30})?$/, 'A keyboard layout, e.g. us, de or ch+fr.')
    .default('us'),
  timeZone: z
    .string()
    .max(64)
    .regex(/^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/, 'A time zone of the tz database, e.g. Europe/Berlin.')
    .default('UTC'),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(_[A-Z]{2})?$/, 'A language, e.g. en or de_DE.')
    .default('en'),
  network: boxNetworkSchema.default({ addressing: { method: 'dhcp' } }),
  /** Public keys of the administrator; ssh stays off without any. */
  sshKeys: z.array(sshKey).max(20).default([]),
  proxy: z
    .strictObject({
      http: z.url({ protocol: /^https?$/ }).optional(),
      https: z.url({ protocol: /^https?$/ }).optional(),
      no: z.string().max(2000).optional(),
    })
    .optional(),
  /** Own certificate authorities, one PEM each. */
  ca: z.array(pem).max(5).default([]),
  disk: diskRuleSchema.default({ rule: 'confirm' }),
  /** try: runs live and offers nothing to erase. */
  mode: z.enum(['install', 'try']).default('install'),
  /** What is set up by itself after the first start; the wizard asks otherwise. */
  appliance: z
    .strictObject({
      install: z.boolean().default(true),
      storage: z.enum(['local-path', 'pool-file']).default('local-path'),
      /** Bytes of the pool's file. */
      poolSize: z.number().int().positive().optional(),
    })
    .default({ install: true, storage: 'local-path' }),
  /** Brought along after setup: catalogue ids of images, machines made of them. Labs are named by sticks of other
   * programs alone: Hearth writes none, and a box has those of Hearth. */
  bring: z
    .strictObject({
      machines: z
        .array(
          z.strictObject({
            name: hostNameSchema,
            /** Catalogue id of its image. */
            image: z.string().max(100),
            cpus: z.number().int().min(1).max(64).default(1),
            /** Bytes. */
            memory: z
              .number()
              .int()
              .min(64 * 1024 * 1024)
              .default(1024 * 1024 * 1024),
          }),
        )
        .max(20)
        .default([]),
      images: z.array(z.string().max(100)).max(20).default([]),
      labs: z.array(z.string().max(100)).max(20).default([]),
    })
    .default({ images: [], machines: [], labs: [] }),
});
export type BoxWishes = z.infer<typeof boxWishesSchema>;
export type BoxWishesInput = z.input<typeof boxWishesSchema>;

/** One-time trust between the app that wrote the stick and the box that starts from it. */
export const enrolmentSchema = z.strictObject({
  /** 256 random bits, base64url; erased from the stick after use. */
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/, '43 letters of base64url.'),
  /** ISO 8601. */
  expires: z.iso.datetime(),
  app: z.strictObject({ name: z.string().min(1).max(100), fingerprint: fingerprintSchema }),
});
export type Enrolment = z.infer<typeof enrolmentSchema>;

/** The whole of the settings slot of a stick: JSON, at most 60 KiB. */
export const stickSettingsSchema = boxWishesSchema
  .extend({
    version: z.literal(1),
    /** Made new for every written stick: a disk that carries it was installed by this stick and is not installed again. */
    installId: randomIdSchema,
    enrolment: enrolmentSchema.optional(),
    /** Written back by the box. */
    done: z.strictObject({ at: z.iso.datetime(), disk: z.string().max(200), boxId: randomIdSchema }).optional(),
  })
  .superRefine(({ appliance, bring }, context) => {
    const names = bring.machines.map(({ name }) => name);
    for (const [index, name] of names.entries())
      if (names.indexOf(name) !== index)
        context.addIssue({
          code: 'custom',
          path: ['bring', 'machines', index, 'name'],
          message: `Two machines are named ${name}.`,
        });
    if (appliance.poolSize !== undefined && appliance.storage !== 'pool-file')
      context.addIssue({
        code: 'custom',
        path: ['appliance', 'poolSize'],
        message: 'Only a pool in a file has a size.',
      });
  });
export type StickSettings = z.infer<typeof stickSettingsSchema>;

/** Largest JSON text that fits the settings slot (64 KiB, the rest is padding). */
export const settingsLimit = 60 * 1024;
