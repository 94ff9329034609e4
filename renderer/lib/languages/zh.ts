import { wordsOf } from './words.ts';

export const words = wordsOf(import.meta.glob('../../../assets/locales/zh/*.json', { eager: true, import: 'default' }));
