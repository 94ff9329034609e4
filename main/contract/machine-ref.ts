import { z } from 'zod';

// Pages use these schemas without the rest of the contract: a strict Content-Security-Policy forbids zod's code generation.
z.config({ jitless: true });

/** RFC 1123 label, as Kubernetes wants it. */
export const nameSchema = z
  .string()
  .min(1)
  .max(63)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    'Lowercase letters, digits and dashes; starts and ends with a letter or digit.',
  );
export const objectRefSchema = z.object({ namespace: nameSchema, name: z.string().min(1).max(253) });
export type ObjectRef = z.infer<typeof objectRefSchema>;

export const machineActionSchema = z.enum([
  'start',
  'stop',
  'forceStop',
  'restart',
  'forceRestart',
  'pause',
  'unpause',
  'reset',
  'softReboot',
  'delete',
]);
export type MachineAction = z.infer<typeof machineActionSchema>;
