import en from '../../../assets/locales/en/install.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('install', en);
