import en from '../../../assets/locales/en/storage.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('storage', en);
