import en from '../../../assets/locales/en/templates.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('templates', en);
