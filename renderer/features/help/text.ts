import en from '../../../assets/locales/en/help.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('help', en);
