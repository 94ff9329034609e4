import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const locales = join(root, 'assets/locales/en');
// The pages before the sign-in are made by the backend.
const sources = ['renderer', 'main/backend/carrier']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => readFileSync(join(root, folder, file), 'utf8')),
  )
  .join('\n');
// In quotes, or as a property's name.
const literal = (key: string): boolean =>
  [`'${key}'`, `"${key}"`, `\n  ${key}: `].some((text) => sources.includes(text));
const escaped = (text: string): string => text.replaceAll(/[.*+?^$()|[\]\\{}]/g, '\\$&');
// `state.${row.state}` may be any key that begins so. One that is all variable names none.
const patterns = Array.from(sources.matchAll(/`([^`\n]*\$\{[^`\n]*)`/g), ([, text = '']) => text)
  .filter((text) => /^[a-z][\w.]*\.\$\{|^\$\{[^}]+\}\.[\w.]+$/i.test(text))
  .map(
    (text) =>
      new RegExp(
        `^${text
          .split(/\$\{[^}]*\}/)
          .map(escaped)
          .join('.+')}$`,
      ),
  );

// That a key which is used has a text is the compiler's to say (renderer/lib/text.ts).
describe('texts', () => {
  for (const file of readdirSync(locales))
    it(`${file} holds none that nobody shows`, () => {
      const keys = Object.keys(JSON.parse(readFileSync(join(locales, file), 'utf8')) as object);
      // Sentences that are found by their English: test/unit/access/words.test.ts.
      const unused = keys.filter(
        (key) => !literal(key) && !key.startsWith('said.') && !patterns.some((pattern) => pattern.test(key)),
      );
      expect(unused).toEqual([]);
    });
});
