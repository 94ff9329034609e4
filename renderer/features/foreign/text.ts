import en from '../../../assets/locales/en/foreign.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('foreign', en);
