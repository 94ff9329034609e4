import en from '../../../assets/locales/en/faults.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('faults', en);
