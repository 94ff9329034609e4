import en from '../../../assets/locales/en/organise.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('organise', en);
