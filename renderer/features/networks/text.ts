import en from '../../../assets/locales/en/networks.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('networks', en);
