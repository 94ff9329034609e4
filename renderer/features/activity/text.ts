import en from '../../../assets/locales/en/activity.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('activity', en);
