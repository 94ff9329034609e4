import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { catalogueEntrySchema } from '../../contract/image.ts';
import type { CatalogueEntry } from '../../contract/image.ts';
import { ProblemError } from '../../contract/problem.ts';

const catalogueSchema = z.object({ note: z.string(), images: z.array(catalogueEntrySchema) });

/** The list of known images, from assets/catalogue/images.json. Needs no network. */
export async function readCatalogue(assets: string): Promise<CatalogueEntry[]> {
  const text = await readFile(join(assets, 'catalogue', 'images.json'), 'utf8');
  return catalogueSchema.parse(JSON.parse(text)).images;
}

/** One entry by its id. */
export async function catalogueEntry(assets: string, id: string): Promise<CatalogueEntry> {
  const entry = (await readCatalogue(assets)).find((one) => one.id === id);
  if (entry) return entry;
  throw new ProblemError({
    code: 'not-found',
    title: 'No such image in the catalogue',
    detail: `The catalogue has no entry ${id}.`,
    fix: 'Open the catalogue again: it may be another version of Hearth now.',
  });
}
