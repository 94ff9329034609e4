import en from '../../../assets/locales/en/map.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('map', en);
