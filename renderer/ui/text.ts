import en from '../../assets/locales/en/ui.json' with { type: 'json' };
import { texts } from '../lib/text.ts';

export const t = texts('ui', en);
