import en from '../../../assets/locales/en/appliance.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('appliance', en);
