import { z } from 'zod';

// The wizard uses these schemas without the rest of the contract: a strict Content-Security-Policy forbids zod's code generation.
z.config({ jitless: true });

const line = (most: number) =>
  z
    .string()
    .max(most)
    // oxlint-disable-next-line no-control-regex -- XML has no way to write them
    .regex(/^[^\u0000-\u001f]*$/, 'One line without control characters.');
const ref = z.object({ namespace: z.string().min(1).max(63), name: z.string().min(1).max(253) });

/** What the installer of Windows is answered, so that nobody has to sit beside it. */
export const windowsAnswersSchema = z.object({
  user: line(20)
    .min(1)
    .regex(/^[^"/\\[\]:;|=,+*?<>@]+$/, 'Windows does not take these characters in a user name.'),
  password: line(127).min(1),
  /** BCP 47, e.g. `en-US`; the installer medium must have it. */
  language: z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})+$/, 'Like en-US or de-DE.'),
  /** As the medium names it, e.g. `Windows 11 Pro`; absent: the installer asks, or the key decides. */
  edition: line(100).optional(),
  productKey: z
    .string()
    .regex(/^([A-Z0-9]{5}-){4}[A-Z0-9]{5}$/, 'Five groups of five letters and digits.')
    .optional(),
  /** Windows' own name of it, e.g. `W. Europe Standard Time`. */
  timeZone: line(100).default('UTC'),
});
export type WindowsAnswers = z.output<typeof windowsAnswersSchema>;

/** The choice "Windows 11" of the wizard: the device set of KubeVirt's preference, drivers, an answer file. */
export const windowsSchema = z.object({
  /** virtio: fast, and the installer needs the driver disc; compatible: SATA and e1000e, which Windows knows by itself. */
  devices: z.enum(['virtio', 'compatible']).default('virtio'),
  drivers: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('none') }),
      /** A disc of the library. */
      z.object({ type: z.literal('image'), image: ref }),
      /** KubeVirt's own container image of the same disc. */
      z.object({ type: z.literal('container') }),
    ])
    .default({ type: 'none' }),
  answers: windowsAnswersSchema.optional(),
});
export type WindowsChoice = z.output<typeof windowsSchema>;
