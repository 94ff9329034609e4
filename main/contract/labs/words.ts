import { z } from 'zod';
import { nameSchema } from '../machine-ref.ts';

// Pages use these schemas without the rest of the contract: a strict Content-Security-Policy forbids zod's code generation.
z.config({ jitless: true });

/** Everything of a lab carries it, with the lab's name: what has it goes when the lab ends, and nothing else. */
export const labLabel = 'hearth.dev/lab';
/** Namespace of everything that a lab makes: strangers' labs reach nothing else. */
export const labNamespace = (lab: string): string => `lab-${lab}`;

/** Name of a lab: part of a namespace's name, so it leaves room for `lab-`. */
export const labNameSchema = nameSchema.max(50);
/** Name of a step, check, action or hint inside a lab file. */
export const partNameSchema = z
  .string()
  .max(50)
  .regex(/^[a-z][a-z0-9-]*$/, 'Lowercase letters, digits and dashes; starts with a letter.');
/** One line for people. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'One line of text.');
/** Markdown with `{{variables}}`. */
export const prose = (max: number) => z.string().trim().max(max);

/** A time as a lab file tells it: `500ms`, `20s`, `3m`. */
export const durationSchema = z.string().regex(/^\d{1,4}(ms|s|m)$/, 'A time like 500ms, 20s or 3m.');
/** Milliseconds of such a time. */
export function durationMs(text: string): number {
  const [, count = '0', unit = 's'] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  return Number(count) * ({ ms: 1, s: 1000, m: 60_000 }[unit] ?? 1000);
}
