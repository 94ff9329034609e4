import en from '../../../assets/locales/en/support.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('support', en);
