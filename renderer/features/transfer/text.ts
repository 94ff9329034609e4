import en from '../../../assets/locales/en/transfer.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('transfer', en);
