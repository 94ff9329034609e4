import en from '../../../assets/locales/en/why.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('why', en);
