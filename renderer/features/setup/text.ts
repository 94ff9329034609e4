import en from '../../../assets/locales/en/setup.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('setup', en);
