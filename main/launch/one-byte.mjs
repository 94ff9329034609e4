// One letter beyond Latin makes V8 keep the whole text of a program in two bytes each, for as long as it runs.

/** Everything that is not ASCII as an escape, which reads the same in strings, templates, patterns and names. */
export const oneByte = (code) =>
  code.replaceAll(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Writes what is built in ASCII. Fails where an escape would not mean the same. */
export const plainLetters = () => ({
  name: 'plain-letters',
  generateBundle(_options, bundle) {
    for (const [name, part] of Object.entries(bundle)) {
      if (part.type !== 'chunk') continue;
      if (/String\.raw\s*`[^`]*[^\0-\x7f]/.test(part.code)) throw new Error(`${name}: String.raw with letters that are not ASCII`);
      part.code = oneByte(part.code);
    }
  },
}); // prettier-ignore
