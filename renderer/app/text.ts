import en from '../../assets/locales/en/shell.json' with { type: 'json' };
import { texts } from '../lib/text.ts';

export const t = texts('shell', en);
