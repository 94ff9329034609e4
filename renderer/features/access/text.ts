import en from '../../../assets/locales/en/access.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('access', en);
