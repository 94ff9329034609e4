import en from '../../../assets/locales/en/backups.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('backups', en);
