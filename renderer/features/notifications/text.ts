import en from '../../../assets/locales/en/notifications.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('notifications', en);
