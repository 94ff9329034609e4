import { wordsOf } from './words.ts';

export const words = wordsOf(
  import.meta.glob(['../../../assets/locales/fr/*.json', '!**/sign-in.json'], { eager: true, import: 'default' }),
);
