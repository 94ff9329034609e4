import { z } from 'zod';
import { acceleratorSchema } from './host.ts';

/** Languages the pages are written in. */
export const languageSchema = z.enum(['en', 'de', 'es', 'fr', 'ja', 'zh']);
export type Language = z.infer<typeof languageSchema>;

/** Settings of one data directory. Versioned; unknown fields of a newer version are kept. */
export const settingsSchema = z.object({
  version: z.literal(1),
  /** Set once the first-run wizard is finished or skipped. */
  setupDone: z.boolean().default(false),
  theme: z.enum(['system', 'dark', 'light']).default('system'),
  /** `system`: the computer's, where the pages are written in it, else English. */
  language: z.union([z.literal('system'), languageSchema]).default('system'),
  /** The accelerator to use whatever the trial says; `auto` believes the trial. */
  accelerator: z.union([z.literal('auto'), acceleratorSchema]).default('auto'),
  /** Memory kept for the computer itself, in bytes. */
  reservedMemory: z
    .number()
    .int()
    .min(0)
    .default(1024 ** 3),
  /** Percent of the other memory that machines may be given together: more than 100 counts on guests that do not use all of theirs. */
  memoryPercent: z.number().int().min(100).max(300).default(100),
  /** Processors kept for the computer itself. */
  reservedProcessors: z.number().int().min(0).max(1024).default(0),
  /** Virtual processors that machines may have together for each of the other processors; KubeVirt's own ratio unless told. */
  processorRatio: z.number().int().min(1).max(100).default(10),
  /** Bytes of the disk kept for the computer itself: below, no machine is started. */
  reservedDisk: z
    .number()
    .int()
    .min(0)
    .max(1024 ** 5)
    .default(0),
  /** Public keys offered for new machines. */
  sshKeys: z.array(z.object({ name: z.string().max(100), key: z.string().max(16384) })).default([]),
  defaultUser: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
    .default('hearth'),
  /** Debian mirror the starter image is built from. */
  debianMirror: z.url().default('http://deb.debian.org/debian'),
  stopMachinesOnExit: z.boolean().default(false),
  /** Folder of the labs that somebody writes on this computer: read again whenever a file in it changes. Empty: none. */
  labFolder: z.string().max(4096).default(''),
  /** Key combinations of one's own for the screens of machines, as "Ctrl+Shift+Esc". */
  keyCombinations: z.array(z.string().min(1).max(60)).max(40).default([]),
});
export type Settings = z.infer<typeof settingsSchema>;
type PatchShape = ReturnType<ReturnType<typeof settingsSchema.omit<{ version: true }>>['partial']>;
/** Without the defaults: a field that is not sent must not be reset to its own. */
export const settingsPatchSchema = z.object(
  Object.fromEntries(
    Object.entries(settingsSchema.omit({ version: true }).shape).map(([name, field]) => [
      name,
      field.unwrap().optional(),
    ]),
  ),
) as unknown as PatchShape;
/** What a page may send: any of the settings, defaults not filled in. */
export type SettingsPatch = z.input<typeof settingsPatchSchema>;
