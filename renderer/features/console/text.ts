import en from '../../../assets/locales/en/console.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('console', en);
