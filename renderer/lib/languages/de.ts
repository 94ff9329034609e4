import { wordsOf } from './words.ts';

export const words = wordsOf(import.meta.glob('../../../assets/locales/de/*.json', { eager: true, import: 'default' }));
