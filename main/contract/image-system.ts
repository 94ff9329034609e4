import { z } from 'zod';

/** Where the knowledge of an image's system comes from: a disc's header, a file on it, the file's name, a person. */
export const systemFromSchema = z.enum(['header', 'file', 'name', 'person']);

/** The operating system that an image holds or installs, and what suits it. */
export interface SystemGuess {
  id: string;
  /** "Debian 13.1.0" */
  name: string;
  from: z.infer<typeof systemFromSchema>;
  /** What was read, word for word; empty for a person's choice. */
  evidence: string;
  /** A cluster preference of the common bundle. */
  preference: string;
  /** Bytes. */
  minMemory: number;
  /** Bytes of a root disk that it can be installed on. */
  diskSize: number;
}

/** A file of the computer that Hearth runs on, or an address, of which only the file's name is looked at. */
export const identifyAddressSchema = z.object({ url: z.url({ protocol: /^https?$/ }) });
export const identifyFileSchema = z.object({ path: z.string().min(1).max(4096) });
