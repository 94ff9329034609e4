import { z } from 'zod';
import { ProblemError, problemSchema } from '../../../../contract/problem.ts';

/**
 * The fixed words between Hearth and the one program of it that becomes root for a stick. Arguments name a drive and
 * files; whatever is secret comes by stdin, after the program said that it is ready. Nothing else is understood.
 */
const device = z
  .string()
  .regex(/^(\/dev\/[a-z][a-z0-9]{1,30}|\\\\\.\\PHYSICALDRIVE\d{1,3})$/, 'a whole drive, e.g. /dev/sdb');
const whole = z.string().regex(/^\d{1,16}$/, 'a number').transform(Number); // prettier-ignore
const file = z.string().min(2).max(4096).regex(/^(\/|[A-Z]:\\)/, 'an absolute path'); // prettier-ignore

const driveOptions = {
  device,
  serial: z.string().max(300),
  size: whole,
  diskseq: z.string().regex(/^\d{0,20}$/, 'a number or nothing'),
};
export const helperCallSchema = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('write'),
    ...driveOptions,
    image: file,
    imageSize: whole,
    imageSha256: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256'),
    /** Its size in GB, where that had to be typed. */
    typed: z.string().max(20),
    fullCheck: z.enum(['yes', 'no']),
  }),
  z.strictObject({ mode: z.literal('verify'), ...driveOptions, originals: z.array(file).max(10) }),
]);
export type HelperCall = z.infer<typeof helperCallSchema>;

/** The arguments of a call, each a word of its own: `write --device /dev/sdb ...`. */
export function helperArguments(call: HelperCall): string[] {
  const { mode, ...options } = call;
  return [
    mode,
    ...Object.entries(options).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).flatMap((one) => [`--${name}`, String(one)]),
    ),
  ];
}

/** Reads them again. Throws `stick-helper-refused`. */
export function parseHelperArguments([mode, ...words]: readonly string[]): HelperCall {
  const read: Record<string, unknown> = { mode, ...(mode === 'verify' && { originals: [] as string[] }) };
  for (let index = 0; index < words.length; index += 2) {
    const name = /^--([a-zA-Z0-9]+)$/.exec(words[index] ?? '')?.[1];
    const value = words[index + 1];
    if (!name || value === undefined) throw refused(`“${words[index]}” is not understood.`);
    const list = read[name];
    if (name === 'originals' && Array.isArray(list)) list.push(value);
    else if (Object.hasOwn(read, name)) throw refused(`--${name} is given twice.`);
    else read[name] = value;
  }
  const checked = helperCallSchema.safeParse(read);
  if (!checked.success) throw refused(z.prettifyError(checked.error));
  return checked.data;
}

const refused = (detail: string): ProblemError =>
  new ProblemError({
    code: 'stick-helper-refused',
    title: 'The stick’s helper refused the call',
    detail,
    fix: 'It takes no other arguments than Hearth gives it. Use `hearth usb write`.',
  });

const progress = z.object({
  stage: z.enum(['check', 'write', 'verify', 'full-check']),
  done: z.number(),
  total: z.number(),
  rate: z.number(),
  secondsLeft: z.number().optional(),
  bottleneck: z.enum(['image', 'drive']).optional(),
});
/** Lines on its stdout. */
export const helperEventSchema = z.discriminatedUnion('event', [
  /** Now, and not before, it takes its own code (boot.ts). */
  z.object({ event: z.literal('boot') }),
  /** Now, and not before, it takes one line with the settings. */
  z.object({ event: z.literal('ready') }),
  z.object({ event: z.literal('step'), step: z.enum(['unmount', 'finish']) }),
  progress.extend({ event: z.literal('progress') }),
  z.object({ event: z.literal('written'), sha256: z.string() }),
  /** The reading as JSON, in pieces that fit into lines. */
  z.object({ event: z.literal('read'), part: z.string().max(32_000), last: z.boolean() }),
  z.object({ event: z.literal('end'), ok: z.literal(true) }),
  z.object({ event: z.literal('failed'), problem: problemSchema }),
]);
export type HelperEvent = z.infer<typeof helperEventSchema>;

/** A reading as events: with its manifest and settings it is longer than a line may be. */
export function readingEvents(reading: object): HelperEvent[] {
  const text = JSON.stringify(reading);
  const parts = text.match(/[^]{1,16000}/g) ?? [];
  return parts.map((part, at) => ({ event: 'read', part, last: at === parts.length - 1 }));
}

/** Puts them together again: the reading with its last piece, undefined before. */
export function readingReader(): (event: Extract<HelperEvent, { event: 'read' }>) => unknown {
  let text = '';
  return ({ part, last }) => {
    text += part;
    return last ? (JSON.parse(text) as unknown) : undefined;
  };
}

/** Lines on its stdin; its end means the same as `cancel`: nobody is there any more. */
export const settingsLine = (settings: unknown): string => `settings ${JSON.stringify(settings)}\n`;
export const cancelLine = 'cancel\n';
