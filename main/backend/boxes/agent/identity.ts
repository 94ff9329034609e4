import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hostNameSchema, randomIdSchema } from '../../../contract/box/words.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import type { AgentPlaces } from './places.ts';

/** `/hearth/box.json` on the EFI partition of an installed box; what the installer wrote. */
export const boxFileSchema = z.object({
  boxId: randomIdSchema,
  hostName: hostNameSchema.optional().catch(undefined),
  installId: randomIdSchema.optional().catch(undefined),
  version: z.string().max(100).optional(),
  installedAt: z.string().max(40).optional(),
});
export type BoxFile = z.infer<typeof boxFileSchema>;

/** Undefined from a stick, and where the file cannot be used. The medium is read-only, so nothing is set aside. */
export async function readBoxFile(places: AgentPlaces, log: Log): Promise<BoxFile | undefined> {
  return readReadOnly(join(places.medium, 'hearth/box.json'), boxFileSchema, log);
}

/** The id of this box: of its disk; else one that is made once and kept (from a stick, until it is switched off). */
export async function ownId(places: AgentPlaces, file: BoxFile | undefined, log: Log): Promise<string> {
  if (file) return file.boxId;
  const path = join(places.own, 'id.json');
  const schema = z.object({ boxId: randomIdSchema });
  const kept = await readJson(path, schema, log);
  if (kept) return kept.boxId;
  const boxId = randomBytes(16).toString('hex');
  await mkdir(places.own, { recursive: true, mode: 0o700 });
  await writeJson(path, { boxId });
  return boxId;
}

async function readReadOnly<T>(path: string, schema: z.ZodType<T>, log: Log): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ path, err: error }, 'a file of the medium cannot be used');
    return undefined;
  }
}
