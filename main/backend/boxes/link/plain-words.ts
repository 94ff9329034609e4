import { z } from 'zod';

/**
 * What a box (or whoever pretends to be one) says of itself ends on pages, on terminals and in names of files: characters that
 * move the cursor, hide text or turn its direction are no words.
 */
const odd = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
const oddInLines = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** One line of words. */
export const line = (text: string): string => text.replaceAll(odd, ' ');
/** Words over several lines. */
export const lines = (text: string): string => text.replaceAll(oddInLines, ' ');

/** A line of at most `most` characters, as it may be shown. */
export const lineSchema = (most: number): z.ZodType<string, string> => z.string().max(most).transform(line);
/** The same with at least one character that is seen. */
export const nameSchema = (most: number): z.ZodType<string, string> =>
  z
    .string()
    .max(most)
    .transform((text) => line(text).trim())
    .refine((text) => text !== '', 'a name');

/** The same words as part of the name of a file. */
export const fileName = (text: string): string =>
  text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '') || 'box';
