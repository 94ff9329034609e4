import en from '../../../assets/locales/en/settings.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('settings', en);
