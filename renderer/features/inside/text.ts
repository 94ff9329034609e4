import en from '../../../assets/locales/en/inside.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('inside', en);
