import { wordsOf } from './words.ts';

export const words = wordsOf(import.meta.glob('../../../assets/locales/fr/*.json', { eager: true, import: 'default' }));
