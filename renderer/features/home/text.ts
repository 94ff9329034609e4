import en from '../../../assets/locales/en/home.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('home', en);
