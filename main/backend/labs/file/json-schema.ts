import { z } from 'zod';
import { labApiVersion, labFileSchema } from '../../../contract/labs/file.ts';

/**
 * The shape of a lab file as JSON Schema (draft 7, which editors know best): `assets/labs/lab.schema.json`, compared by a
 * test. What no shape can say (names that are used, what objects may ask for) `hearth lab validate` tells.
 */
export function labJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(labFileSchema, { io: 'input', target: 'draft-7', reused: 'ref' });
  return { $schema, title: `Hearth lab file, ${labApiVersion}`, ...schema };
}
