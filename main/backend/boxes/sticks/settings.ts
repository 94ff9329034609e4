import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { boxWishesSchema, settingsLimit, stickSettingsSchema } from '../../../contract/box/settings.ts';
import type { BoxWishes, Enrolment, StickSettings } from '../../../contract/box/settings.ts';
import { ProblemError } from '../../../contract/problem.ts';

/** Takes the room of an enrolment, so that wishes which leave none for it are refused before it is made. */
const sample: Enrolment = {
  secret: 'A'.repeat(43),
  expires: '2000-01-01T00:00:00.000Z',
  app: { name: 'A'.repeat(100), fingerprint: '0'.repeat(64) },
};

/** What is wrong with wishes, as the box will judge them: field path -> message; empty: nothing. */
export function checkWishes(wishes: unknown): Record<string, string> {
  const own = boxWishesSchema.safeParse(wishes);
  if (!own.success) return fieldsOf(own.error);
  // The 60 KiB of the slot are for what a box cannot be reached or set up without.
  if (own.data.bring.labs.length > 0)
    return {
      'bring.labs':
        'A stick brings no labs along. Those of Hearth are on the box already; a file of your own is imported on its page Labs.',
    };
  const whole = { ...own.data, version: 1, installId: '0'.repeat(32), enrolment: sample };
  const checked = stickSettingsSchema.safeParse(whole);
  if (!checked.success) return fieldsOf(checked.error);
  const length = Buffer.byteLength(JSON.stringify(checked.data, undefined, 2));
  return length > settingsLimit
    ? { '': `All together takes ${length} bytes; ${settingsLimit} fit on the stick. Leave out certificates or keys.` }
    : {};
}

function fieldsOf(error: z.ZodError): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { path, message, code, ...rest } of error.issues) {
    const unknown = code === 'unrecognized_keys' && 'keys' in rest && Array.isArray(rest.keys) ? rest.keys.map(String) : [''];
    for (const key of unknown) {
      const field = [...path.map(String), key].filter((part) => part !== '').join('.');
      fields[field] ??= key ? 'There is no such setting.' : message;
    }
  }
  return fields;
} // prettier-ignore

/** The wishes, checked. Throws `stick-settings-invalid` with the fields. */
export function goodWishes(wishes: unknown): BoxWishes {
  const fields = checkWishes(wishes);
  if (Object.keys(fields).length > 0)
    throw new ProblemError({
      code: 'stick-settings-invalid',
      title: 'The settings are not valid',
      detail: Object.entries(fields)
        .map(([field, message]) => (field ? `${field}: ${message}` : message))
        .join(' '),
      fix: 'Correct what is named, then write the stick again.',
      fields,
    });
  return boxWishesSchema.parse(wishes);
}

/** The settings of a new stick. Throws what `goodWishes` throws. */
export const newSettings = (wishes: BoxWishes, enrolment?: Enrolment, installId = newInstallId()): StickSettings =>
  stickSettingsSchema.parse({ ...goodWishes(wishes), version: 1, installId, ...(enrolment && { enrolment }) });

export const newInstallId = (): string => randomBytes(16).toString('hex');
