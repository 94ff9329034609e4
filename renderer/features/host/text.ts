import en from '../../../assets/locales/en/host.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('host', en);
